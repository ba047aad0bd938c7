<?php define('JWT_SECRET', getenv('JWT_SECRET'));
$mac = hash_hmac('sha256', $body, $this->secret);
