config :shop, ShopWeb.Endpoint,
  secret_key_base: "d1wyHzUiYDygYFCm8q2uBKIceltMHdWhkMNRpldebZQdXepPOrY6F0bWYH4qS2Yy",
  live_view: [signing_salt: "aBcD1234"]
