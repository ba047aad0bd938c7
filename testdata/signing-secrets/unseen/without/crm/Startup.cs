var key = Encoding.UTF8.GetBytes(Configuration["JwtSettings:SecurityKey"]);
var signingKey = new SymmetricSecurityKey(Convert.FromBase64String(options.Value.SigningKey));
var hmac = new HMACSHA256(RandomNumberGenerator.GetBytes(32));
[assembly: InternalsVisibleTo("Crm.Tests, PublicKey=d10f4c8e312f3ca0583507581580f35e421b3a2450a18880d76fa05e0fd1ce130206f1f150e63a9a8706ad18fc084d27977d8a3262215dd9af887b19acab15804e1270783eacbe5907a4e1d71fb55d9b")]
// "Microsoft.AspNetCore, PublicKeyToken=adb9793829ddae60"
