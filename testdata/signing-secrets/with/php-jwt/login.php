<?php
$jwt = JWT::encode($payload, '4vyMsanPsCGO8rn1eAcFkzx5hhbXY1wC', 'HS256');
$mac = hash_hmac('sha256', $body, 'aEvbOSCbe440ctmk3mdJVncqlqpr6MBR');
