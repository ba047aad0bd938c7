static const char key[] =
    "MIGkAgEBBDD9I2ko9mxEiyb7X7jQ4148PtDlm+QDAQZbSe/CeQmgaFkCAOs7elN/"
    "g1QSCOPAbkKgBwYFK4EEACKhZANiAAR8otgswQmcVfa/xcKytn43eTW2F8jNZMMI"
    "Efo4CqrsICj8WL7GMVcywGmPgtImJQEoor8toZ6YVx/hxIFuiVrmQsPZEdBAvg4f"
    "CElorN9q19fUujawZ/BcobzxN5u68Og="
;
