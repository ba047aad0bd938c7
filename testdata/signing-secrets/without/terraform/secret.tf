variable "jwt_secret" {
  type      = string
  sensitive = true
}
resource "random_password" "jwt_secret" { length = 64 }
secret_id = aws_secretsmanager_secret.jwt.id
