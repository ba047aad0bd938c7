Const Key As String = "MIGkAgEBBDD9I2ko9mxEiyb7X7jQ4148PtDlm+QDAQZbSe/CeQmgaFkCAOs7elN/" & _
    "g1QSCOPAbkKgBwYFK4EEACKhZANiAAR8otgswQmcVfa/xcKytn43eTW2F8jNZMMI" & _
    "Efo4CqrsICj8WL7GMVcywGmPgtImJQEoor8toZ6YVx/hxIFuiVrmQsPZEdBAvg4f" & _
    "CElorN9q19fUujawZ/BcobzxN5u68Og="
