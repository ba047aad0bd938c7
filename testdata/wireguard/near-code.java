PrivateKey = KeyFactory.getInstance("EC");
[Interface]
class PrivateKey {}
