Devise.setup do |config|
  config.secret_key = 'b46091d49a629a6585096483a4b8301b177e71bd5bb4a8bc22cb3d5a94e78e67b4395a0af8e85c052bbc1817dd5ed0bfd9eb228f07ed7a4f0a61feb81077ee89'
  config.mailer_sender = 'no-reply@acme.test'
  config.jwt do |jwt|
    jwt.secret = '6255d49cd3e298b79e7755c734a6e54d6d1669eb58a3d27c839085672b4ef038'
    jwt.expiration_time = 1.day.to_i
  end
end
