resource "tls_private_key" "gate" {
  algorithm = "RSA"
}

output "gate" {
  value     = tls_private_key.gate.private_key_pem # -----BEGIN PRIVATE KEY-----
  sensitive = true
}
