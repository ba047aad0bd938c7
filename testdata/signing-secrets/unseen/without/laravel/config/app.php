<?php
return [
    'key' => env('APP_KEY'),
    'cipher' => 'AES-256-CBC',
    'jwt' => ['secret' => env('JWT_SECRET'), 'algo' => 'HS256'],
];
$sig = hash_hmac('sha256', $request->getContent(), config('services.github.webhook_secret'));
