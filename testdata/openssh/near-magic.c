/* PROTOCOL.key */
#define AUTH_MAGIC "openssh-key-v1"
#define MARK_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define MARK_END "-----END OPENSSH PRIVATE KEY-----\n"
static const char in_base64[] = "b3BlbnNzaC1rZXktdjEA";
