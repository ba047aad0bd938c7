<?php
define('AUTH_KEY',         'giY4kAyvpi3y0iKA4INWFz5xaEv5AfMDT5iQwCD0zqNmXzVZV5AVmpvKCHmQkmpf');
define('LOGGED_IN_KEY',    'eEGmbY2JAnxYNIAToI6dmhFmNnnztmZOuGUwPxcTKYU47ubCpyIdfG9O0dGKC38R');
define('NONCE_SALT',       'HH6LS7lQlXRTYB9mS4UBHPzU2UHD9KgMohlkpnHaPuSqSAoHAetGBZRvlh4AogWS');
