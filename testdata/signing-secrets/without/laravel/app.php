<?php return ['key' => env('APP_KEY'), 'cipher' => 'AES-256-CBC'];
