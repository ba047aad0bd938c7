"""Sources as projects have them, with signing secrets and without.

usage: signing_secrets.py FOLDER

Secrets are made here and were never used for anything. In a source, {R40} is 40
random letters and digits, {H32} 32 random bytes in hex, {B32} in base64, {U32} in
base64url. A line with «s» holds a strong secret, «w» a guessable one; the marks
are taken out and their lines written to expected.toml.
"""
import base64, os, re, secrets, string, sys

OUT = sys.argv[1]
POSITIVE, NEGATIVE = {}, {}
P = lambda path, text: POSITIVE.__setitem__(path, text)
N = lambda path, text: NEGATIVE.__setitem__(path, text)

# ---------------------------------------------------------------- JavaScript
P("express/app.js", """const express = require('express');
const session = require('express-session');
const app = express();
app.use(session({
  secret: 'keyboard cat', //«w»
  resave: false,
  saveUninitialized: true,
}));
""")
P("express/auth.js", """const jwt = require('jsonwebtoken');
exports.issue = (user) =>
  jwt.sign({ id: user.id, role: user.role }, '{R48}', { expiresIn: '1h' }); //«s»
exports.check = (token) => jwt.verify(token, '{R48}'); //«s»
""")
P("express/config.js", """module.exports = {
  port: process.env.PORT || 3000,
  jwtSecret: process.env.JWT_SECRET || '{R40}', //«s»
  cookieSecret: process.env.COOKIE_SECRET ?? 'mycookiesecret1', //«w»
};
""")
P("koa/server.js", """const Koa = require('koa');
const app = new Koa();
// used by cookie-session
const cookies = cookieSession({ name: 's', keys: ['{H32}', '{H32}'] }); //«s»
""")
P("nest/auth.module.ts", """import { JwtModule } from '@nestjs/jwt';
@Module({
  imports: [
    JwtModule.register({
      secret: 'dolphin-rides-the-wave', //«w»
      signOptions: { expiresIn: '60s' },
    }),
  ],
})
export class AuthModule {}
""")
P("nest/constants.ts", """export const jwtConstants = {
  secret: '{R32}', //«s»
};
""")
P("next/.env.production", """NEXTAUTH_URL=https://shop.example
NEXTAUTH_SECRET={B32} #«s»
""")
P("fastify/index.mjs", """import fastify from 'fastify';
const app = fastify();
app.register(import('@fastify/jwt'), { secret: 'supersecret-orchid' }); //«w»
app.register(import('@fastify/cookie'), { secret: '{R64}' }); //«s»
""")
P("webhook/verify.js", """const crypto = require('crypto');
function verify(body, header) {
  const mac = crypto.createHmac('sha256', '{R40}').update(body).digest('hex'); //«s»
  return mac === header;
}
""")
P("strapi/server.js", """module.exports = ({ env }) => ({
  app: { keys: env.array('APP_KEYS', ['{B16}', '{B16}']) }, //«s»
});
""")
# -------------------------------------------------------------------- Python
P("django/settings.py", """import os
DEBUG = True
SECRET_KEY = 'django-insecure-{R50}' #«s»
ALLOWED_HOSTS = []
""")
P("flask/app.py", """from flask import Flask
app = Flask(__name__)
app.secret_key = b'_5#y2L"F4Q8z' #«w»
""")
P("flask/config.py", """import os
class Config:
    SECRET_KEY = os.environ.get('SECRET_KEY') or 'you-will-never-guess' #«w»
    JWT_SECRET_KEY = os.getenv("JWT_SECRET_KEY", "{R43}") #«s»
""")
P("fastapi/security.py", """from jose import jwt
SECRET_KEY = "{H32}" #«s»
ALGORITHM = "HS256"
def make(data):
    return jwt.encode(data, SECRET_KEY, algorithm=ALGORITHM)
""")
P("pyjwt/issue.py", """import jwt
def issue(sub):
    return jwt.encode({"sub": sub}, "{R44}", algorithm="HS512") #«s»
""")
P("itsdangerous/links.py", """from itsdangerous import URLSafeTimedSerializer
serializer = URLSafeTimedSerializer("{R36}") #«s»
""")
P("aiohttp/hooks.py", """import hashlib, hmac
def sign(body):
    return hmac.new(b"{R32}", body, hashlib.sha256).hexdigest() #«s»
""")
P("superset/superset_config.py", """ROW_LIMIT = 5000
SECRET_KEY = '{B42}' #«s»
""")
# ---------------------------------------------------------------- Java, Kotlin
P("spring/application.yml", """spring:
  application:
    name: shop
jwt:
  expiration: 86400
  secret: {B64} #«s»
""")
P("spring/application.properties", """server.port=8080
app.jwtSecret=bezKoderSecretKey #«w»
app.jwtExpirationMs=86400000
""".replace(" #«w»", "\n#«w»-1"))
P("spring/JwtUtil.java", """package com.example;
public class JwtUtil {
    @Value("${app.jwtSecret:{R64}}") //«s»
    private String jwtSecret;
    String issue(String name) {
        return Jwts.builder().setSubject(name).signWith(SignatureAlgorithm.HS512, "{R64}").compact(); //«s»
    }
}
""")
P("spring/TokenProvider.java", """public class TokenProvider {
    private static final String SECRET_KEY = "cms-of-the-bakery-2020"; //«w»
    private final SecretKey key = Keys.hmacShaKeyFor(
        "{R64}".getBytes(StandardCharsets.UTF_8)); //«s»
}
""")
P("jjwt/Mac.java", """Mac mac = Mac.getInstance("HmacSHA256");
mac.init(new SecretKeySpec("{R32}".getBytes("UTF-8"), "HmacSHA256")); //«s»
""")
P("ktor/Application.kt", """fun Application.module() {
    val algorithm = Algorithm.HMAC256("{R40}") //«s»
    install(Authentication) { jwt { verifier(JWT.require(algorithm).build()) } }
}
""")
P("play/application.conf", """play.http.secret.key="{R64}" #«s»
play.filters.hosts.allowed = ["."]
""")
# -------------------------------------------------------------------- .NET
P("aspnet/appsettings.json", """{
  "Logging": { "LogLevel": { "Default": "Information" } },
  "Jwt": {
    "Issuer": "https://shop.example",
    "Key": "{R48}" //«s»
  }
}
""".replace(' //«s»', '').replace('"Key"', '"Key"«s»'))
P("aspnet/Startup.cs", """services.AddAuthentication().AddJwtBearer(o => {
    o.TokenValidationParameters.IssuerSigningKey =
        new SymmetricSecurityKey(Encoding.UTF8.GetBytes("{R40}")); //«s»
});
""")
P("aspnet/web.config", """<configuration><system.web>
<machineKey validationKey="{H64}" decryptionKey="AutoGenerate" validation="HMACSHA256" /> <!--«s»-->
</system.web></configuration>
""")
# ---------------------------------------------------------------------- Go
P("gin/auth.go", """package auth
var jwtKey = []byte("my_secret_key_of_gin") //«w»
func Sign(c jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("{R40}")) //«s»
}
""")
P("gorilla/store.go", """package web
var store = sessions.NewCookieStore([]byte("{R32}")) //«s»
""")
P("go-hmac/sign.go", """func sign(b []byte) []byte {
	mac := hmac.New(sha256.New, []byte("{R32}")) //«s»
	mac.Write(b)
	return mac.Sum(nil)
}
""")
# -------------------------------------------------------------- Ruby, PHP, Elixir
P("rails/config/secrets.yml", """development:
  secret_key_base: {H64} #«s»
production:
  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>
""")
P("ruby-jwt/token.rb", """require 'jwt'
token = JWT.encode payload, '{R32}', 'HS256' #«s»
digest = OpenSSL::HMAC.hexdigest('SHA256', '{R32}', body) #«s»
""")
P("sinatra/app.rb", """enable :sessions
set :session_secret, ENV.fetch('SESSION_SECRET') { '{H32}' } #«s»
""")
P("laravel/.env", """APP_NAME=Shop
APP_KEY=base64:{B32}
#«s»-1
APP_DEBUG=true
""")
P("symfony/.env", """APP_ENV=prod
APP_SECRET={H16}
#«s»-1
""")
P("php-jwt/login.php", """<?php
$jwt = JWT::encode($payload, '{R32}', 'HS256'); //«s»
$mac = hash_hmac('sha256', $body, '{R32}'); //«s»
""")
P("wordpress/wp-config.php", """<?php
define('AUTH_KEY',         '{R64}'); //«s»
define('LOGGED_IN_KEY',    '{R64}'); //«s»
define('NONCE_SALT',       '{R64}'); //«s»
""")
P("phoenix/config.exs", """config :shop, ShopWeb.Endpoint,
  secret_key_base: "{R64}", #«s»
  live_view: [signing_salt: "aBcD1234"]
""")
# ------------------------------------------------------------------------ Rust
P("axum/auth.rs.in", """pub fn encode_it(c: &Claims) -> Result<String> {
    encode(&Header::default(), c, &EncodingKey::from_secret("{R40}".as_ref())) //«s»
}
""")
P("actix/main.rs.in", """const JWT_SECRET: &str = "bad_old_orchid"; //«w»
""")
# --------------------------------------------------------------- deployment
P("compose/docker-compose.yml", """services:
  api:
    environment:
      JWT_SECRET: "{R40}" #«s»
      PORT: 80
  worker:
    environment:
      - SESSION_SECRET={R32}
#«s»-1
""")
P("docker/Dockerfile", """FROM node:20
ENV JWT_SECRET={R32}
#«s»-1
CMD ["node", "."]
""")
P("kubernetes/deployment.yaml", """spec:
  containers:
    - name: api
      env:
        - name: JWT_SECRET
          value: "{R40}" #«s»
""")
P("kubernetes/secret.yaml", """apiVersion: v1
kind: Secret
stringData:
  jwt-secret: {U32} #«s»
""")
P("helm/values.yaml", """auth:
  jwtSecret: {R32} #«s»
  existingSecret: ""
""")
P("terraform/variables.tf", """variable "jwt_secret" {
  type    = string
  default = "{R40}" #«s»
}
""")
P("ci/deploy.sh", """#!/bin/sh
export HMAC_KEY="{H32}" #«s»
docker run -e JWT_SECRET={R32} shop/api
#«s»-1
""")
P("stripe/.env", """STRIPE_WEBHOOK_SECRET=whsec_{R32}
#«s»-1
SLACK_SIGNING_SECRET={H16}
#«s»-1
""")
P("aws/credentials", """[default]
aws_access_key_id = AKIA{A16}
aws_secret_access_key = {B30}
#«s»-1
""")
P("azure/local.settings.json", """{ "Values": {
  "AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={B64};EndpointSuffix=core.windows.net"«s»
} }
""")
# Neighbours of what `without/near` has.
P("near/chart.yaml", """{{- $secret := "keyboard cat" }} #«w»
jwtSecret: {{ .Values.jwtSecret | default "{R40}" | quote }} #«s»
""")
P("near/values.yaml", """shop:
  secret: my-super-secret #«w»
  existing: ca-certs-secret
""")
P("near/load.rs", """let secret_key = env::var(NAME).unwrap_or_else(|_| String::from("hunter2-shop")); //«w»
let signing_key = Key::parse(b"{R40}").map_err(|e| format_err!("no key: {}", e))?; //«s»
""")
P("near/mac.js", """const mac = createHmac('sha256', Buffer.from('hunter2-shop')).update(data).digest('hex'); //«w»
""")
P("near/jwt.ts", """const jwt = await new SignJWT(claims).signWith(account, '{H32}'); //«s»
""")
P("near/realm.json", """{
  "clientId": "web",
  "clientAuthenticatorType": "client-secret-jwt",
  "secret": "{R32}"
#«s»-1
}
""")
# ================================================================ negatives
N("express/app.js.example", "app.use(session({ secret: 'keyboard cat' }))\n")
N("express/lookup.js", """const jwt = require('jsonwebtoken');
const secret = process.env.JWT_SECRET;
if (!secret) throw new Error('JWT_SECRET is not set in the environment');
module.exports = (p) => jwt.sign(p, secret, { algorithm: 'HS256', issuer: 'https://shop.example/issuer' });
""")
N("express/labels.js", """export default {
  secretKey: 'Secret key',
  jwtSecretHelp: 'Paste the signing secret of your identity provider here',
  secretPlaceholder: '••••••••••••••••',
};
""")
N("express/schema.ts", """export const schema = z.object({ JWT_SECRET: z.string().min(32), SESSION_SECRET: z.string() });
type Options = { secret: string; signingKey?: string };
const secret: string = config.get('jwt.secret');
""")
N("vue/form.vue", """<input name="secret" :placeholder="$t('secret.placeholder')" v-model="secret" type="password">
""")
N("next/.env.example", "NEXTAUTH_SECRET=generate-with-openssl-rand-base64-32\n")
N("next/.env.template", "NEXTAUTH_SECRET=<your-secret>\nAUTH_SECRET=\n")
N("nest/config.ts", """JwtModule.registerAsync({
  useFactory: (c: ConfigService) => ({ secret: c.get<string>('JWT_SECRET'), signOptions: { expiresIn: c.get('JWT_TTL') } }),
});
""")
N("django/settings_env.py", "SECRET_KEY = os.environ['DJANGO_SECRET_KEY']\nSECRET_KEY = env('SECRET_KEY')\nSECRET_KEY = config('SECRET_KEY', default='')\n")
N("django/test_auth.py", "def test():\n    token = jwt.encode({'a': 1}, 'secret', algorithm='HS256')\n")
N("flask/tests/test_app.py", "app.config['SECRET_KEY'] = 'dev'\napp.secret_key = 'testing-secret'\n")
N("flask/factory.py", "app.config.from_mapping(SECRET_KEY=secrets.token_hex(32))\napp.config['SECRET_KEY'] = load_secret('flask/secret-key')\n")
N("docs/README.md", "Set `JWT_SECRET={R40}` in your `.env`, for instance.\n\n    jwt.sign(payload, 'your-256-bit-secret')\n")
N("spring/application-env.yml", "jwt:\n  secret: ${JWT_SECRET:}\n  header: Authorization\nsecurity:\n  secret: ${vault.jwt-secret}\n")
N("spring/bootstrap.properties", "app.jwtSecret=${JWT_SECRET}\njwt.secret=ENC(qLz0mLhEw6Rk8pXv0k1sYw==)\n")
N("spring/Config.java", """String secret = env.getProperty("app.jwt.secret");
Algorithm algorithm = Algorithm.HMAC256(System.getenv("JWT_SECRET"));
private static final String SECRET_HEADER = "X-Webhook-Signature";
private static final String JWT_SECRET_PROPERTY = "security.jwt.secret";
""")
N("aspnet/appsettings.json", '{ "Jwt": { "Key": "REPLACE_ME_WITH_A_LONG_RANDOM_STRING", "Issuer": "https://shop.example" } }\n')
N("aspnet/Program.cs", """var key = builder.Configuration["Jwt:Key"] ?? throw new InvalidOperationException("Jwt:Key is not configured for this host");
o.IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(builder.Configuration["Jwt:Key"]));
""")
N("gin/env.go", """var jwtKey = []byte(os.Getenv("JWT_SECRET"))
func Sign(c jwt.Claims) (string, error) { return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(jwtKey) }
""")
N("rails/secrets.yml", "production:\n  secret_key_base: <%= ENV[\"SECRET_KEY_BASE\"] %>\n")
N("rails/token.rb", "token = JWT.encode payload, Rails.application.credentials.jwt_secret, 'HS256'\n")
N("laravel/.env.example", "APP_KEY=\nJWT_SECRET=\n")
N("laravel/app.php", "<?php return ['key' => env('APP_KEY'), 'cipher' => 'AES-256-CBC'];\n")
N("symfony/framework.yaml", "framework:\n  secret: '%env(APP_SECRET)%'\n")
N("php-jwt/config.php", "<?php define('JWT_SECRET', getenv('JWT_SECRET'));\n$mac = hash_hmac('sha256', $body, $this->secret);\n")
N("phoenix/runtime.exs", """secret_key_base =
  System.get_env("SECRET_KEY_BASE") ||
    raise "environment variable SECRET_KEY_BASE is missing."
config :shop, ShopWeb.Endpoint, secret_key_base: secret_key_base
""")
N("compose/docker-compose.yml", "services:\n  api:\n    environment:\n      JWT_SECRET: ${JWT_SECRET:?required}\n      SESSION_SECRET_FILE: /run/secrets/session\nsecrets:\n  session:\n    file: ./session.txt\n")
N("kubernetes/pod.yaml", """env:
  - name: JWT_SECRET
    valueFrom:
      secretKeyRef:
        name: api-credentials
        key: jwt-secret
volumes:
  - name: tls
    secret:
      secretName: api-tls-certificate
""")
N("helm/values.yaml", "jwtSecret: \"{{ vault `secret/jwt` }}\"\nexistingSecret: shop-jwt-credentials\nsecretName: jwt-signing-of-the-shop\n")
N("terraform/secret.tf", 'variable "jwt_secret" {\n  type      = string\n  sensitive = true\n}\nresource "random_password" "jwt_secret" { length = 64 }\nsecret_id = aws_secretsmanager_secret.jwt.id\n')
N("ci/workflow.yml", "env:\n  JWT_SECRET: ${{ secrets.JWT_SECRET }}\n  HMAC_KEY: ${{ vars.HMAC_KEY }}\n")
N("oauth/client.yml", "oauth:\n  client_id: {R20}\n  client_secret: {R40}\ngoogle_client_secret: {R24}\n")
N("lock/package-lock.json", '{ "node_modules/jwt": { "resolved": "https://registry.example/jwt.tgz", "integrity": "sha512-{B64}" } }\n')
N("rust/lookup.rs.in", 'let key = DecodingKey::from_secret(std::env::var("JWT_SECRET")?.as_bytes());\nlet secret = settings.jwt.secret.expose_secret();\n')
N("stripe/.env.sample", "STRIPE_WEBHOOK_SECRET=whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nSTRIPE_SECRET_KEY=sk_test_xxx\n")
N("azure/README.rst", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==\n")
N("keys/public.env", "JWT_PUBLIC_KEY={B64}\nJWT_KEY_ID={H8}\nJWT_ISSUER=https://issuer.example\nJWT_ALGORITHM=HS256\n")
N("near/digest.yml", "checksum: {H32}\netag: \"{H16}\"\nsession_id: {R40}\nuser_token_count: 123456\nsort_key: created_at_descending\n")

# What only looks like a secret: names, messages, paths, passwords of peers and clients.
N("near/chart.yaml", """data:
  secretKey: {{ include "lib.manage" (dict "secret" (include "shop.core" .) "key" "secretKey" "length" 16 "providedValues" (list "core.secretKey") "context" $) }}
  kind: {{ ternary "Secret" "ConfigMap" .Values.useSecret }}
{{- $password := include "lib.manage" (dict "secret" "shop-core" "key" "clearPassword" "context" $) }}
""")
N("near/crd.yaml", """kind:
  description: Kind of the referent, valid values are ('Secret',
    'ConfigMap').
""")
N("near/values.yaml", "caCerts:\n  secret: ca-certs-secret\n")
N("near/swanctl.conf", """secrets {
   eap-alice {
      id = alice
      secret = "Qw3rTz7u"
   }
   ecdsa-alice {
      file = aliceKey.pem
      secret = "kJ7ZQEWtku0R"
   }
   ike-bob {
      secret = 0sQm3FLOiweS1ywUDpR/L9FvpwNYp9svt
   }
}
""")
N("near/strongswan.conf", "charon {\n  plugins {\n    eap-radius {\n      secret = gv6URkSx\n    }\n  }\n}\n")
N("near/options.c", """static void check(char *p[])
{
    if (streq(p[1], "secret") || streq(p[1], "tls-auth") || streq(p[1], "tls-crypt"))
        warn();
    secret = lib->settings->get_str(lib->settings,
        "%s.plugins.tnc-pdp.radius.secret", NULL, lib->ns);
}
""")
N("near/load.rs", """let secret_key = Key::load(path)
    .unwrap_or_else(|e| {
        status_err!("could not load {}: {}", path.display(), e);
        process::exit(1);
    });
let signing_key = Key::try_from(bytes)
    .map_err(|e| format_err!(InvalidKey, "invalid Ed25519 key: {}", e))?;
""")
N("near/shop.rockspec.lua", """build = {
  ["shop.plugins.jwt.jwt_secret"] = "shop/plugins/jwt/jwt_secret.lua",
  ["shop.plugins.oauth2.secret"] = "shop/plugins/oauth2/secret.lua",
}
""")
N("near/kdf.lua", "local kdf = {\n  secret = \"tls1_prf_secret\",\n  seed = \"tls1_prf_seed\",\n}\n")
N("near/mac.js", """const mac = createHmac(
  'sha1',
  createHash('sha1').update('shop-private-key-file-mac').update(passphrase).digest()
).update(data).digest('hex');
""")
N("near/paths.sh", "hmac_secret=$PWD/scripts/hmac_secret_$$\nscp_secret=$PWD/scripts/scp_secret_$$\n")
N("near/transfer.ts", "const signed = tx.signWith(account, '{H32}');\n")
N("near/realm.json", """{
  "clientId": "web",
  "clientAuthenticatorType": "client-secret",
  "secret": "{R32}"
}
""")


def fill(text):
    letters = string.ascii_letters + string.digits
    def one(match):
        kind, n = match.group(1), int(match.group(2))
        data = os.urandom(n)
        return {"R": lambda: "".join(secrets.choice(letters) for _ in range(n)),
                "A": lambda: "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(n)),
                "H": data.hex, "B": lambda: base64.b64encode(data).decode(),
                "U": lambda: base64.urlsafe_b64encode(data).rstrip(b"=").decode()}[kind]()
    return re.sub(r"\{([RAHBU])(\d+)\}", one, text)


def write(folder, path, text):
    """Writes a source; returns its lines with secrets, strong and weak."""
    marks = {"s": [], "w": []}
    out = []
    for line in fill(text).split("\n"):
        above = re.fullmatch(r"#«([sw])»-1", line)
        if above:
            marks[above.group(1)].append(len(out))
            continue
        here = re.search(r"( ?<!--| ?//| ?#)?«([sw])»(-->)?", line)
        if here:
            marks[here.group(2)].append(len(out) + 1)
            line = line[:here.start()] + line[here.end():]
        out.append(line)
    full = os.path.join(OUT, folder, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w") as file:
        file.write("\n".join(out))
    return marks


with_secrets = [(f"with/{p}", write("with", p, t)) for p, t in POSITIVE.items()]
for p, t in NEGATIVE.items():
    assert write("without", p, t) == {"s": [], "w": []}, p
with open(os.path.join(OUT, "expected.toml"), "w") as file:
    file.write("# Lines that hold signing secrets; nothing below without/ does. Written by\n"
               "# testdata/make/signing_secrets.py together with the sources.\n\n")
    for path, marks in with_secrets:
        file.write(f'["{path}"]\nstrong = {marks["s"]}\nweak = {marks["w"]}\n')
print(len(POSITIVE), "with,", len(NEGATIVE), "without")
