#define TAG "== ed25519v1-secret: type0 =="
