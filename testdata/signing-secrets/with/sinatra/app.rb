enable :sessions
set :session_secret, ENV.fetch('SESSION_SECRET') { '76ec98ece64d6517144ac368764bbf76c605952dafc4cf21a341bf15cd3d921f' }
