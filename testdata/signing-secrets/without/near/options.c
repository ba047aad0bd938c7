static void check(char *p[])
{
    if (streq(p[1], "secret") || streq(p[1], "tls-auth") || streq(p[1], "tls-crypt"))
        warn();
    secret = lib->settings->get_str(lib->settings,
        "%s.plugins.tnc-pdp.radius.secret", NULL, lib->ns);
}
