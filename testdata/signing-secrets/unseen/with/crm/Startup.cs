public void ConfigureServices(IServiceCollection services)
{
    var key = Encoding.ASCII.GetBytes(Configuration["Jwt:Key"] ?? "xposXV8KA1hAve5GeB6KsLmeDXKGpxut");
    services.AddAuthentication().AddJwtBearer(o =>
    {
        o.TokenValidationParameters = new TokenValidationParameters
        {
            ValidateIssuerSigningKey = true,
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("JPmmZcxWUtJPtKY9ke7arhdPiceYe7FmEd5nLsH1Cw2Ql8npR946hnfPQRYwNHqe")),
        };
    });
    using var hmac = new HMACSHA256(Convert.FromBase64String("0vXbbP//Qaymj5K/zFBpIlpvomr+2//wum+A1FazK7o="));
}
