#define MAGIC "RSA2"
static const char head[] = "\x07\x02\x00\x00\x00\x24\x00\x00RSA2";
