Const Key As String = "MHcCAQEEILyStbKOse+TXb0Pw902CqjgMvb22xckrgwLEkHarJthoAoGCCqGSM49" & _
    "AwEHoUQDQgAE1rmJuDw6yhnhhIsSybdiZ8iHn+BIApB2zyYf5gOvQIkSuLS760rD" & _
    "6h2nvOAFKger/rpR5reCTn0S+9GRuKZi4w=="
