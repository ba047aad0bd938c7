<?php
$key = 'MIGkAgEBBDAPsdF1bMYrPkTVUATxoYQE/XV/GyWKc6ml/Q8a9dU9sHbXlkUvT6dZ' .
  '8DgiPKz+MpmgBwYFK4EEACKhZANiAATNanBBKwvip55ewfSrYnlb8VpY3w7OWBUc' .
  'pFHkhJVcS6y28ofyNDRZQlfRmjf34VnRGph0O632+e+Zr7r8iokHuWdGlOF3nq2X' .
  'WwecsBkrc8zryLoqAGSG/jrMBKW/+kY=';
