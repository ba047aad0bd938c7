<?php
define('JWT_SECRET', 'pZsmu0sRvBOgwcLaXi3Fbk2VS033yiPuRNN7Ijus');

$app->add(new Tuupola\Middleware\JwtAuthentication([
    "path" => "/api",
    "secret" => "672d019178bd00d7c6f454075c928b8ac2bc3ea33ca72bdbafc5f9afdd71b3cc",
    "algorithm" => ["HS256"],
]));

$payload = JWT::decode($token, new Key('EEFy0E9CR8lhR86gv9dS2ussaD5jLPhtSvpV', 'HS256'));
$sig = hash_hmac('sha256', $body, 'f43b181ebfa8e08076d2c52f50af85d92864630448ab18e8e78634f1c07ad397');
$secret = getenv('HMAC_SECRET') ?: '3G2UNEkMuOEPGkHhg713Eh3FOmB64HQyfIUtpi6lTsul';
