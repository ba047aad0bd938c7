variable "jwt_secret" {
  type      = string
  sensitive = true
  default   = "KSHbhjkkEAR9674UWH4NqD6g3ehhSw0embxVPlAx2uIrZ8Vl"
}

resource "aws_ssm_parameter" "session_secret" {
  name  = "/prod/session_secret"
  type  = "SecureString"
  value = "cba3a565046f4bb8f50d3c76238a7f4da79e81e281196b0d463f27a966869bcf"
}

locals {
  environment = [
    { name = "JWT_REFRESH_SECRET", value = "24bdb7af49154e25a4548e56e1b4788b0fd3a40d7c1125244ef534101811d2294ae0ea6a1615983831810ef797ca7afe" },
    { name = "PORT", value = "8080" },
  ]
}
