build = {
  ["shop.plugins.jwt.jwt_secret"] = "shop/plugins/jwt/jwt_secret.lua",
  ["shop.plugins.oauth2.secret"] = "shop/plugins/oauth2/secret.lua",
}
