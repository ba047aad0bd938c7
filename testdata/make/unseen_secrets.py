#!/usr/bin/env python3
"""Writes testdata/signing-secrets/unseen: sources written without sight of the
rules in patterns/, to score them apart.

    python3 testdata/make/unseen_secrets.py testdata/signing-secrets/unseen

In the sources below `<<hex:32>>` is the hex of 32 made bytes, `<<b64:32>>`
their base64, `<<url:32>>` base64url without padding, `<<alnum:40>>` as many
letters and digits, each from SHA-256 over the path and a counter; such a line
holds a strong secret. `<<weak:x>>` is the text x: its line holds a weak one.
With a `!` after the kind (`<<hex!:32>>`) the value is no secret.
"""

import base64, hashlib, pathlib, re, sys

WITH = {}
WITHOUT = {}

WITH["shop-api/src/main/resources/application.yml"] = """\
server:
  port: 8081
spring:
  datasource:
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: ${DB_PASSWORD:root}
app:
  security:
    jwt:
      header: Authorization
      secret: ${JWT_SECRET:<<b64:64>>}
      token-validity-in-seconds: 86400
    remember-me:
      key: <<hex:25>>
"""
WITH["jhipster/src/main/resources/config/application-dev.yml"] = """\
jhipster:
  security:
    authentication:
      jwt:
        # This token must be encoded using Base64 and be at least 256 bits long
        base64-secret: <<b64:64>>
        token-validity-in-seconds: 86400
  mail:
    base-url: http://127.0.0.1:8080
"""
WITH["kotlin-auth/src/main/kotlin/JwtConfig.kt"] = """\
package com.acme.auth

@Component
class JwtConfig(
    @Value("\\${security.jwt.secret:<<hex:32>>}") private val secret: String,
    @Value("\\${security.jwt.expiration:3600}") private val expiration: Long,
) {
    private val key by lazy { Keys.hmacShaKeyFor(secret.toByteArray()) }
}
"""
WITH["bank/src/main/java/com/acme/bank/JwtService.java"] = """\
package com.acme.bank;

@Service
public class JwtService {
    private static final String SECRET_KEY = "<<hex:32>>";

    private Key getSignInKey() {
        byte[] keyBytes = Decoders.BASE64.decode(SECRET_KEY);
        return Keys.hmacShaKeyFor(keyBytes);
    }
}
"""
WITH["legacy/src/main/java/TokenProvider.java"] = """\
public class TokenProvider {
    public String createToken(Authentication authentication) {
        return Jwts.builder()
                .setSubject(authentication.getName())
                .signWith(SignatureAlgorithm.HS512, "<<alnum:64>>")
                .compact();
    }

    public String mac(String body) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("<<alnum:32>>".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return Hex.encodeHexString(mac.doFinal(body.getBytes()));
    }
}
"""
WITH["blog/controllers/user.js"] = """\
const jwt = require('jsonwebtoken');
const User = require('../models/user');

exports.login = async (req, res) => {
  const user = await User.findOne({ email: req.body.email });
  const token = jwt.sign(
    { id: user._id, role: user.role },
    process.env.JWT_SECRET || '<<alnum:48>>',
    { expiresIn: '7d' }
  );
  res.json({ token });
};

exports.verify = (token) => jwt.verify(token, '<<weak:mysecretkey>>');
"""
WITH["forum/server/session.js"] = """\
const cookieSession = require('cookie-session');
const session = require('express-session');

app.use(cookieSession({
  name: 'forum',
  keys: ['<<hex:20>>', '<<alnum:32>>'],
  maxAge: 24 * 60 * 60 * 1000,
}));
app.use(session({
  store: new RedisStore({ client }),
  secret: [
    '<<hex:32>>',
    '<<hex:32>>',
  ],
  resave: false,
  saveUninitialized: false,
}));
app.use(cookieParser('<<weak:keyboard cat>>'));
"""
WITH["gateway/internal/auth/token.go"] = """\
package auth

import (
	"os"

	"github.com/golang-jwt/jwt/v5"
)

var jwtKey = []byte("<<alnum:43>>")

const refreshSecret = "<<hex:24>>"

func secret() []byte {
	return []byte(getEnv("AUTH_HMAC_SECRET", "<<b64:32>>"))
}

func sign(claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("<<weak:secret>>"))
}
"""
WITH["orders/app/core/config.py"] = """\
import os
from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    app_name: str = "orders"
    jwt_secret: str = Field("<<hex:32>>", env="JWT_SECRET")
    SECRET_KEY: str = os.environ.get("SECRET_KEY", "<<url:32>>")
    refresh_secret_key: str = os.getenv("JWT_REFRESH_SECRET_KEY") or "<<alnum:40>>"
    access_token_expire_minutes: int = 30
"""
WITH["portal/portal/settings/base.py"] = """\
from decouple import config
import environ

env = environ.Env()

SECRET_KEY = config("SECRET_KEY", default="django-insecure-<<alnum:50>>")
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": env("JWT_SIGNING_KEY", default="<<hex:32>>"),
    "AUTH_HEADER_TYPES": ("Bearer",),
}
"""
WITH["tasks/app.py"] = """\
from flask import Flask
import hmac, hashlib, jwt

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = "<<hex:16>>"
app.config.update(SECRET_KEY="<<alnum:32>>", DEBUG=False)
app.secret_key = b"_5#y2L\\"F4Q8z\\n\\xec]/"


def sign(body):
    return hmac.new(b"<<alnum:40>>", body, hashlib.sha256).hexdigest()


def token(user):
    return jwt.encode({"sub": user}, "<<weak:secret123>>", algorithm="HS256")
"""
WITH["store/config/secrets.yml"] = """\
development:
  secret_key_base: <<hex:64>>

test:
  secret_key_base: <<hex:64>>

production:
  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>
"""
WITH["store/config/initializers/devise.rb"] = """\
Devise.setup do |config|
  config.secret_key = '<<hex:64>>'
  config.mailer_sender = 'no-reply@acme.test'
  config.jwt do |jwt|
    jwt.secret = '<<hex:32>>'
    jwt.expiration_time = 1.day.to_i
  end
end
"""
WITH["slim/public/index.php"] = """\
<?php
define('JWT_SECRET', '<<alnum:40>>');

$app->add(new Tuupola\\Middleware\\JwtAuthentication([
    "path" => "/api",
    "secret" => "<<hex:32>>",
    "algorithm" => ["HS256"],
]));

$payload = JWT::decode($token, new Key('<<alnum:36>>', 'HS256'));
$sig = hash_hmac('sha256', $body, '<<hex:32>>');
$secret = getenv('HMAC_SECRET') ?: '<<alnum:44>>';
"""
WITH["crm/appsettings.Production.json"] = """\
{
  "ConnectionStrings": { "Default": "Server=db;Database=crm;Trusted_Connection=True" },
  "JwtSettings": {
    "SecurityKey": "<<b64:48>>",
    "ValidIssuer": "crm",
    "ExpiryInMinutes": 60
  },
  "Storage": "DefaultEndpointsProtocol=https;AccountName=crmfiles;AccountKey=<<b64:64>>;EndpointSuffix=core.windows.net",
  "Bus": "Endpoint=sb://crm.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=<<b64:32>>"
}
"""
WITH["crm/Startup.cs"] = """\
public void ConfigureServices(IServiceCollection services)
{
    var key = Encoding.ASCII.GetBytes(Configuration["Jwt:Key"] ?? "<<alnum:32>>");
    services.AddAuthentication().AddJwtBearer(o =>
    {
        o.TokenValidationParameters = new TokenValidationParameters
        {
            ValidateIssuerSigningKey = true,
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("<<alnum:64>>")),
        };
    });
    using var hmac = new HMACSHA256(Convert.FromBase64String("<<b64:32>>"));
}
"""
WITH["ledger/src/auth.rs"] = """\
use jsonwebtoken::{EncodingKey, Header, encode};

pub fn token(claims: &Claims) -> Result<String> {
    Ok(encode(
        &Header::default(),
        claims,
        &EncodingKey::from_secret(b"<<alnum:48>>"),
    )?)
}

fn secret() -> String {
    std::env::var("JWT_SECRET").unwrap_or_else(|_| {
        "<<hex:32>>".to_string()
    })
}

fn mac(body: &[u8]) -> Vec<u8> {
    let mut mac = HmacSha256::new_from_slice(b"<<alnum:32>>").unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}
"""
WITH["mobile/lib/api/signer.dart"] = """\
import 'dart:convert';
import 'package:crypto/crypto.dart';
import 'package:dart_jsonwebtoken/dart_jsonwebtoken.dart';

class Signer {
  static const _signingSecret = '<<alnum:40>>';

  String sign(String body) =>
      Hmac(sha256, utf8.encode('<<hex:32>>')).convert(utf8.encode(body)).toString();

  String token() => JWT({'sub': 'app'}).sign(SecretKey('<<alnum:32>>'));
}
"""
WITH["chat/config/config.exs"] = """\
import Config

config :chat, ChatWeb.Endpoint,
  url: [host: "localhost"],
  secret_key_base: "<<b64:48>>",
  live_view: [signing_salt: "Xk3q1aBz"]

config :chat, Chat.Guardian,
  issuer: "chat",
  secret_key: "<<url:48>>"
"""
WITH["stack/docker-compose.prod.yml"] = """\
services:
  api:
    image: acme/api:1.4
    environment:
      - NODE_ENV=production
      - JWT_SECRET=<<alnum:48>>
      - COOKIE_SECRET="<<hex:32>>"
  auth:
    image: supabase/gotrue
    environment:
      GOTRUE_JWT_SECRET: <<weak:super-secret-jwt-token-with-at-least-32-characters-long>>
      GOTRUE_JWT_EXP: 3600
  hasura:
    image: hasura/graphql-engine
    environment:
      HASURA_GRAPHQL_JWT_SECRET: '{"type":"HS256","key":"<<alnum:48>>"}'
"""
WITH["charts/api/values-prod.yaml"] = """\
replicaCount: 3
config:
  auth:
    jwt:
      issuer: https://auth.acme.test
      signingKey: "<<b64:32>>"
env:
  - name: LOG_LEVEL
    value: info
  - name: SESSION_SECRET
    value: <<hex:32>>
"""
WITH["deploy/secret.yaml"] = """\
apiVersion: v1
kind: Secret
metadata:
  name: api
type: Opaque
stringData:
  JWT_SECRET: <<alnum:64>>
data:
  hmac-secret: <<b64:44>>
"""
WITH["infra/main.tf"] = """\
variable "jwt_secret" {
  type      = string
  sensitive = true
  default   = "<<alnum:48>>"
}

resource "aws_ssm_parameter" "session_secret" {
  name  = "/prod/session_secret"
  type  = "SecureString"
  value = "<<hex:32>>"
}

locals {
  environment = [
    { name = "JWT_REFRESH_SECRET", value = "<<hex:48>>" },
    { name = "PORT", value = "8080" },
  ]
}
"""
WITH["ktor/src/main/resources/application.conf"] = """\
ktor {
    deployment { port = 8080 }
}
jwt {
    domain = "https://jwt.acme.test/"
    audience = "acme"
    secret = "<<hex:32>>"
}
play.http.secret.key = "<<alnum:64>>"
"""
WITH["ktor/src/main/kotlin/Security.kt"] = """\
fun Application.configureSecurity() {
    val algorithm = Algorithm.HMAC256("<<weak:secret>>")
    val other = Algorithm.HMAC512(System.getenv("JWT_KEY") ?: "<<alnum:64>>")
    install(Sessions) {
        cookie<UserSession>("SID") {
            transform(SessionTransportTransformerMessageAuthentication(hex("<<hex:32>>")))
        }
    }
}
"""
WITH["payments/webhooks.ts"] = """\
import Stripe from 'stripe';
import crypto from 'node:crypto';
import { Webhook } from 'svix';

const event = stripe.webhooks.constructEvent(body, sig, 'whsec_<<alnum:32>>');
const wh = new Webhook('whsec_<<b64:24>>');
const digest = crypto.createHmac('sha256', '<<hex:32>>').update(body).digest('hex');
const slack = new App({ token: process.env.SLACK_BOT_TOKEN, signingSecret: '<<hex:16>>' });
const octo = new Webhooks({ secret: '<<hex:20>>' });
"""
WITH["nest/src/auth/auth.module.ts"] = """\
@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        secret: config.get<string>('JWT_SECRET') ?? '<<alnum:40>>',
        signOptions: { expiresIn: '1h' },
      }),
    }),
  ],
})
export class AuthModule {}

export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: '<<weak:secretKey>>',
    });
  }
}
"""
WITH["idp/realm-export.json"] = """\
{
  "realm": "acme",
  "components": {
    "org.keycloak.keys.KeyProvider": [
      {
        "name": "hmac-generated",
        "providerId": "hmac-generated",
        "config": {
          "kid": ["5c1fb2c2-0f5a-4d2a-9d55-0a0f0f1b8a11"],
          "secret": ["<<url:64>>"],
          "priority": ["100"],
          "algorithm": ["HS256"]
        }
      }
    ]
  }
}
"""
WITH["selfhosted/gitea/app.ini"] = """\
[server]
DOMAIN = git.acme.test

[oauth2]
JWT_SECRET = <<url:32>>

[security]
SECRET_KEY = <<alnum:64>>
INSTALL_LOCK = true
"""
WITH["selfhosted/matrix/homeserver.yaml"] = """\
server_name: "acme.test"
registration_shared_secret: "<<alnum:50>>"
macaroon_secret_key: "<<alnum:50>>"
form_secret: "<<alnum:50>>"
signing_key_path: "/data/acme.test.signing.key"
"""
WITH["selfhosted/authelia/configuration.yml"] = """\
jwt_secret: <<alnum:64>>
session:
  name: authelia_session
  secret: <<alnum:64>>
  expiration: 3600
"""
WITH["selfhosted/centrifugo.json"] = """\
{
  "token_hmac_secret_key": "<<hex:32>>",
  "api_key": "local",
  "allowed_origins": ["https://acme.test"]
}
"""
WITH["selfhosted/strapi/.env"] = """\
HOST=0.0.0.0
APP_KEYS=<<b64:16>>,<<b64:16>>
API_TOKEN_SALT=<<b64:16>>
ADMIN_JWT_SECRET=<<b64:32>>
JWT_SECRET=<<b64:16>>
"""
WITH["hapi/server.js"] = """\
server.auth.strategy('session', 'cookie', {
  cookie: { name: 'sid', password: '<<alnum:40>>', isSecure: true },
});
server.auth.strategy('jwt', 'jwt', { key: '<<hex:32>>', validate });

export const sessionOptions = {
  password: "<<alnum:36>>",
  cookieName: "acme_session",
};
"""
WITH["sinatra/app.rb"] = """\
require 'jwt'
use Rack::Session::Cookie, key: 'rack.session', secret: '<<hex:64>>'

def token(user)
  JWT.encode({ sub: user }, '<<weak:my$ecretK3y>>', 'HS256')
end

def verify(token)
  JWT.decode token, ENV.fetch('JWT_SECRET', '<<hex:32>>'), true, algorithm: 'HS256'
end

def sign(data)
  OpenSSL::HMAC.hexdigest('SHA256', '<<alnum:40>>', data)
end
"""
WITH["symfony/.env"] = """\
APP_ENV=prod
APP_SECRET=<<hex:16>>
MERCURE_JWT_SECRET="<<alnum:40>>"
DATABASE_URL=postgresql://app:app@db/app
"""
WITH["cloud/keys.properties"] = """\
aliyun.oss.accessKeyId=LTAI5t<<alnum!:18>>
aliyun.oss.accessKeySecret=<<alnum:30>>
tencent.secretId=AKID<<alnum!:32>>
tencent.secretKey=<<alnum:32>>
ncp.accessKey=<<alnum!:20>>
ncp.secretKey=<<alnum:40>>
jwt.secret=<<weak:secret-key>>
"""
WITH["cloud/uploader.js"] = """\
const s3 = new AWS.S3({
  accessKeyId: 'AKIAY7QGKX4HNPLVJ3WC',
  secretAccessKey: '<<b64:30>>',
  region: 'ap-northeast-2',
});
const gcs = { access_id: 'GOOG1E<<weakid>>', secret: '<<b64:30>>' };
"""
WITH["cloud/r2.env"] = """\
R2_ACCESS_KEY_ID=<<hex!:16>>
R2_SECRET_ACCESS_KEY=<<hex:32>>
TWILIO_AUTH_TOKEN=<<hex:16>>
SLACK_SIGNING_SECRET=<<hex:16>>
GITHUB_WEBHOOK_SECRET=<<hex:20>>
SHOPIFY_API_SECRET=shpss_<<hex:16>>
"""
WITH["nextapp/auth.ts"] = """\
export const authOptions = {
  providers: [GitHub({ clientId: process.env.GH_ID!, clientSecret: process.env.GH_SECRET! })],
  secret: process.env.NEXTAUTH_SECRET ?? "<<b64:32>>",
  session: { strategy: "jwt" },
};
const key = new TextEncoder().encode("<<alnum:40>>");
const jwt = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
"""
WITH["kong/kong.yml"] = """\
_format_version: "3.0"
consumers:
  - username: acme
    jwt_secrets:
      - key: acme-issuer
        algorithm: HS256
        secret: <<alnum:32>>
"""

WITHOUT["shop-api/.env.example"] = """\
JWT_SECRET=your_jwt_secret_here
SESSION_SECRET=<generate with openssl rand -hex 32>
COOKIE_SECRET=change-me-please
NEXTAUTH_SECRET=
APP_KEY=base64:GENERATE_ME
DJANGO_SECRET_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
"""
WITHOUT["ui/src/i18n/en.json"] = """\
{
  "settings.jwtSecret": "JWT signing secret",
  "settings.secretKey": "Secret key used to sign the session cookie",
  "webhook.secret": "Webhook signing secret",
  "webhook.secretPlaceholder": "Enter at least 32 characters"
}
"""
WITHOUT["infra/main.tf"] = """\
resource "random_password" "jwt" {
  length = 64
}

resource "aws_secretsmanager_secret" "jwt_secret" {
  name = "prod/api/jwt-signing-secret-v2"
}

resource "aws_secretsmanager_secret_version" "jwt_secret" {
  secret_id     = aws_secretsmanager_secret.jwt_secret.id
  secret_string = random_password.jwt.result
}

locals {
  secret_key_base = data.aws_ssm_parameter.secret_key_base.value
  jwt_secret_arn  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/jwt-AbCdEf"
  hmac_key_id     = "projects/acme/locations/global/keyRings/prod/cryptoKeys/hmac"
}
"""
WITHOUT["charts/api/templates/secret.yaml"] = """\
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "api.fullname" . }}-jwt-secret
data:
  JWT_SECRET: {{ .Values.jwt.secret | default (randAlphaNum 64) | b64enc | quote }}
  SESSION_SECRET: {{ required "session.secret is required" .Values.session.secret | b64enc }}
"""
WITHOUT["charts/api/values.yaml"] = """\
jwt:
  existingSecret: acme-api-production-jwt-secret
  secretKey: jwt-signing-secret
  issuer: https://auth.acme.test
session:
  secret: ""
  cookieName: acme_session_cookie_production
"""
WITHOUT["deploy/deployment.yaml"] = """\
spec:
  containers:
    - name: api
      env:
        - name: JWT_SECRET
          valueFrom:
            secretKeyRef:
              name: api-production-secrets
              key: jwt-signing-secret-current
        - name: JWT_SECRET_FILE
          value: /run/secrets/jwt_signing_secret
        - name: SESSION_SECRET
          value: $(SHARED_SESSION_SECRET)
"""
WITHOUT["deploy/sealed.yaml"] = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: api
spec:
  encryptedData:
    JWT_SECRET: AgBy3i4OJSWK<<b64!:90>>
    session-secret: AgAR9x2LKpQ7<<b64!:90>>
"""
WITHOUT["deploy/secrets.enc.yaml"] = """\
jwt_secret: ENC[AES256_GCM,data:<<b64!:33>>,iv:<<b64!:32>>,tag:<<b64!:16>>,type:str]
session_secret: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  <<hex!:32>>
cookie_secret: vault:secret/data/prod/api#cookie_secret_value
hmac_secret: op://Production/api-hmac/credential-value
"""
WITHOUT["bank/src/main/java/JwtConfig.java"] = """\
public class JwtConfig {
    @Value("${security.jwt.token.secret-key}")
    private String secretKey;

    private static final String JWT_SECRET_PROPERTY = "security.jwt.token.secret-key";

    private final String hmacSecret = System.getenv("PAYMENT_HMAC_SECRET");

    SecretKey key() {
        return Keys.hmacShaKeyFor(Decoders.BASE64.decode(properties.getSecretKey()));
    }

    SecretKey generated = Jwts.SIG.HS256.key().build();
}
"""
WITHOUT["gateway/internal/auth/token.go"] = """\
package auth

// Set AUTH_JWT_SECRET to the output of "openssl rand -base64 48" before start.
var jwtKey = []byte(os.Getenv("AUTH_JWT_SECRET"))

const jwtSecretEnv = "AUTH_GATEWAY_JWT_SECRET_BASE64"

func secret() string { return viper.GetString("auth.gateway.jwt.secret") }

var errNoSecret = errors.New("jwt secret: no signing secret configured")
"""
WITHOUT["orders/app/core/config.py"] = """\
import os
import secrets
from pydantic import Field, SecretStr


class Settings(BaseSettings):
    jwt_secret: SecretStr = Field(..., env="ORDERS_JWT_SECRET_CURRENT")
    secret_key: str = secrets.token_urlsafe(32)
    session_secret: str = os.environ["ORDERS_SESSION_SECRET_KEY"]
    jwt_algorithm: str = "HS256"
    jwt_secret_name: str = "projects/acme/secrets/orders-jwt/versions/latest"


token = jwt.encode(payload, settings.jwt_secret.get_secret_value(), algorithm="HS256")
"""
WITHOUT["ci/.github/workflows/test.yml"] = """\
jobs:
  test:
    env:
      JWT_SECRET: ${{ secrets.JWT_SIGNING_SECRET }}
      SESSION_SECRET: ${{ vars.SESSION_SECRET || secrets.SESSION_SECRET }}
      CACHE_KEY: node-<<hex!:32>>
    steps:
      - uses: actions/checkout@<<hex!:20>>
      - run: echo "jwt_secret=$(openssl rand -hex 32)" >> "$GITHUB_ENV"
"""
WITHOUT["arm/azuredeploy.json"] = """\
{
  "variables": {
    "storageConnection": "[concat('DefaultEndpointsProtocol=https;AccountName=', variables('name'), ';AccountKey=', listKeys(variables('id'), '2023-01-01').keys[0].value)]",
    "jwtSecret": "[parameters('jwtSigningSecretValue')]",
    "sessionSecret": "@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/session-secret/)"
  }
}
"""
WITHOUT["docs/README.md"] = """\
# Configuration

| variable | meaning | example |
|---|---|---|
| `JWT_SECRET` | HMAC secret, at least 32 bytes | `your-256-bit-secret` |
| `SESSION_SECRET` | signs cookies | `replace-me-with-a-long-random-string` |

```sh
export JWT_SECRET=$(openssl rand -base64 48)
export SESSION_SECRET="$(cat /run/secrets/session)"
```
"""
WITHOUT["web/public-keys.env"] = """\
STRIPE_PUBLISHABLE_KEY=pk_live_<<alnum!:99>>
RECAPTCHA_SITE_KEY=6Lc<<alnum!:37>>
GOOGLE_MAPS_KEY=AIza<<alnum!:35>>
SENTRY_DSN=https://<<hex!:16>>@o1.ingest.sentry.io/1
ENCRYPTION_KEY=<<hex!:32>>
DB_PASSWORD=<<alnum!:24>>
SLACK_BOT_TOKEN=xoxb-1234567890-<<alnum!:24>>
"""
WITHOUT["api/openapi.yaml"] = """\
paths:
  /webhooks:
    post:
      parameters:
        - name: X-Hub-Signature-256
          in: header
          example: sha256=<<hex!:32>>
        - name: X-Request-Digest
          example: SHA-256=<<b64!:32>>
      responses:
        '200': { description: accepted }
"""
WITHOUT["payments/webhooks.test.ts"] = """\
it('signs', () => {
  const sig = crypto.createHmac('sha256', secret).update(body).digest('hex');
  expect(sig).toBe('<<hex!:32>>');
  expect(crypto.createHash('sha256').update('hello').digest('hex')).toBe('<<hex!:32>>');
});
stripe.webhooks.constructEvent(body, sig, process.env.STRIPE_WEBHOOK_SECRET!);
"""
WITHOUT["ledger/src/auth.rs"] = """\
const SECRET_HEADER: &str = "x-ledger-signature-sha256";

pub fn key(config: &Config) -> EncodingKey {
    EncodingKey::from_secret(config.jwt_secret.expose_secret().as_bytes())
}

fn secret() -> String {
    std::env::var("LEDGER_JWT_SECRET").expect("LEDGER_JWT_SECRET must be set to sign tokens")
}
"""
WITHOUT["laravel/config/app.php"] = """\
<?php
return [
    'key' => env('APP_KEY'),
    'cipher' => 'AES-256-CBC',
    'jwt' => ['secret' => env('JWT_SECRET'), 'algo' => 'HS256'],
];
$sig = hash_hmac('sha256', $request->getContent(), config('services.github.webhook_secret'));
"""
WITHOUT["chat/config/runtime.exs"] = """\
secret_key_base =
  System.get_env("SECRET_KEY_BASE") ||
    raise "environment variable SECRET_KEY_BASE is missing. You can generate one with: mix phx.gen.secret"

config :chat, ChatWeb.Endpoint,
  secret_key_base: secret_key_base,
  live_view: [signing_salt: "q1Xk3aBz"]
"""
WITHOUT["store/config/environments/production.rb"] = """\
Rails.application.configure do
  config.secret_key_base = ENV.fetch("SECRET_KEY_BASE") { Rails.application.credentials.secret_key_base }
  config.session_store :cookie_store, key: "_store_production_session"
end
JWT.encode(payload, Rails.application.credentials.jwt_secret, "HS256")
"""
WITHOUT["ktor/Security.kt"] = """\
fun Application.configureSecurity() {
    val secret = environment.config.property("ktor.security.jwt.secret").getString()
    val verifier = JWT.require(Algorithm.HMAC256(secret)).withIssuer("https://auth.acme.test/issuer").build()
    val kid = "5c1fb2c2-0f5a-4d2a-9d55-0a0f0f1b8a11"
    val signingKeyId = "arn:aws:kms:eu-west-1:123456789012:key/5c1fb2c2-0f5a-4d2a-9d55-0a0f0f1b8a11"
}
"""
WITHOUT["web/src/constants.ts"] = """\
export const JWT_SECRET_TOKEN = 'JWT_SECRET_TOKEN';
export const SESSION_SECRET_PARAM = '/prod/web/session-secret';
export const signingSecretLabel = 'Signing secret (from the dashboard)';
export const SECRET_KEY_INPUT_CLASS = 'form-control secret-key-input mb-3';
export const jwtSecretRegex = /^[A-Za-z0-9_-]{43}$/;
const { jwtSecret = getSecret('web/jwt/signing-secret') } = options;
"""
WITHOUT["crm/Startup.cs"] = """\
var key = Encoding.UTF8.GetBytes(Configuration["JwtSettings:SecurityKey"]);
var signingKey = new SymmetricSecurityKey(Convert.FromBase64String(options.Value.SigningKey));
var hmac = new HMACSHA256(RandomNumberGenerator.GetBytes(32));
[assembly: InternalsVisibleTo("Crm.Tests, PublicKey=<<hex!:80>>")]
// "Microsoft.AspNetCore, PublicKeyToken=adb9793829ddae60"
"""
WITHOUT["users/seed.sql"] = """\
INSERT INTO users (email, password_hash, totp) VALUES
  ('a@acme.test', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', NULL);
INSERT INTO signatures (doc, sha256, signature) VALUES (1, '<<hex!:32>>', '<<b64!:64>>');
"""


def stream(path, index):
    block = 0
    while True:
        yield from hashlib.sha256(f"{path} {index} {block}".encode()).digest()
        block += 1


def made(kind, size, path, index):
    bytes_ = stream(path, index)
    if kind == "alnum":
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return "".join(letters[next(bytes_) % 62] for _ in range(size))
    raw = bytes(next(bytes_) for _ in range(size))
    return {
        "hex": raw.hex(),
        "b64": base64.b64encode(raw).decode(),
        "url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }[kind]


def write(out, folder, path, text, expected):
    text = text.replace("<<weakid>>", made("alnum", 55, path, "id").upper())
    lines, strong, weak, index = [], [], [], 0
    for number, line in enumerate(text.splitlines(), 1):
        def value(match):
            nonlocal index
            index += 1
            kind, plain, rest = match.groups()
            if kind == "weak":
                weak.append(number)
                return rest
            if not plain:
                strong.append(number)
            return made(kind, int(rest), path, index)
        lines.append(re.sub(r"<<(hex|b64|url|alnum|weak)(!?):(.*?)>>", value, line))
    # The example of Flask's documents: published, so weak.
    weak += [n for n, l in enumerate(lines, 1) if "_5#y2L" in l]
    file = out / folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    if folder == "with":
        expected.append(f'["with/{path}"]\nstrong = {sorted(set(strong))}\nweak = {sorted(set(weak))}\n')


def main():
    out = pathlib.Path(sys.argv[1])
    expected = ["# Lines that hold signing secrets; nothing below without/ does. Written by\n# testdata/make/unseen_secrets.py together with the sources.\n"]
    for path, text in WITH.items():
        write(out, "with", path, text, expected)
    for path, text in WITHOUT.items():
        write(out, "without", path, text, expected)
    (out / "expected.toml").write_text("\n".join(expected))


main()
