import Config

config :chat, ChatWeb.Endpoint,
  url: [host: "localhost"],
  secret_key_base: "uTomfg3ez9RF/H+3VYjGknR69Og+cuQgObHIA1aHKDSa7qFUcwvHru+oYxL1va14",
  live_view: [signing_salt: "Xk3q1aBz"]

config :chat, Chat.Guardian,
  issuer: "chat",
  secret_key: "Ztmn4PPJVCtwLbqD8RkAhgz0sW4I3CK4Fbv0klMF5VxTZ-2EU1q7ILsPXxD5ot7V"
