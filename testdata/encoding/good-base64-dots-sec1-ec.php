<?php
$key = 'MIGkAgEBBDCVmjKOc6BAPXv9MbndqqvdgPd9InznRWOSIRYlmFFCtTB9unZNGpeW' .
  'WVoI7rpJpC+gBwYFK4EEACKhZANiAAQxrjsllhNTMU8MRhr9t8yxrNMjTLrQJkcI' .
  '0cy6BF0JF4FSSp0gSLnrosk+scGWVcbdwwgVlbvXdHKRSMB5BorlC46bVoJMNNWe' .
  'qB2I+XW7OOjGDl3Rg+lVdq/Se4kwBGE=';
