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
