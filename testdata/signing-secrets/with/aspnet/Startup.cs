services.AddAuthentication().AddJwtBearer(o => {
    o.TokenValidationParameters.IssuerSigningKey =
        new SymmetricSecurityKey(Encoding.UTF8.GetBytes("f4tS0U7vJXv1whPruVSRAt24PUrJKvu28hDYeCB1"));
});
