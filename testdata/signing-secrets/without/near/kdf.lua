local kdf = {
  secret = "tls1_prf_secret",
  seed = "tls1_prf_seed",
}
