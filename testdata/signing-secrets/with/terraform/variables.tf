variable "jwt_secret" {
  type    = string
  default = "4fOhyPJBl8dbaZITQOK2ky9UBXOw0bG1voeQgIby"
}
