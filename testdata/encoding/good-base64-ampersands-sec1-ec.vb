Const Key As String = "MIGkAgEBBDCVmjKOc6BAPXv9MbndqqvdgPd9InznRWOSIRYlmFFCtTB9unZNGpeW" & _
    "WVoI7rpJpC+gBwYFK4EEACKhZANiAAQxrjsllhNTMU8MRhr9t8yxrNMjTLrQJkcI" & _
    "0cy6BF0JF4FSSp0gSLnrosk+scGWVcbdwwgVlbvXdHKRSMB5BorlC46bVoJMNNWe" & _
    "qB2I+XW7OOjGDl3Rg+lVdq/Se4kwBGE="
