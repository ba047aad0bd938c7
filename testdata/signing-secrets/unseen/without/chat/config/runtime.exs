secret_key_base =
  System.get_env("SECRET_KEY_BASE") ||
    raise "environment variable SECRET_KEY_BASE is missing. You can generate one with: mix phx.gen.secret"

config :chat, ChatWeb.Endpoint,
  secret_key_base: secret_key_base,
  live_view: [signing_salt: "q1Xk3aBz"]
