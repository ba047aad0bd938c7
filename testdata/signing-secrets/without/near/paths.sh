hmac_secret=$PWD/scripts/hmac_secret_$$
scp_secret=$PWD/scripts/scp_secret_$$
