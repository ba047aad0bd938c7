Mac mac = Mac.getInstance("HmacSHA256");
mac.init(new SecretKeySpec("Gs3UD1LWLnM3DQZd4IIr7tMaeBR89b8X".getBytes("UTF-8"), "HmacSHA256"));
