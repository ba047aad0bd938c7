<?php
$key = 'MHcCAQEEIMh3qt9tDIef/AsLgBGhRQ3Ts0hjs8l/Ssie2COEcdzJoAoGCCqGSM49' .
  'AwEHoUQDQgAEPMEElxbVoKdy1pLfFiSQIbP/vVQSztsaEcdThgj0uJqYJKXNVuyR' .
  'oX871h2iFIAyyWruCm8egth0LUD1oqiSnA==';
