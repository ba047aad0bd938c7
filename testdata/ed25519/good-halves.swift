let eddsaPublicKeyBase64 = "lxzlfFzb+1whlO/aErgNd14UPExNCIEy3XZ3X8rd/0A="
let eddsaPrivateKeyBase64 = "8xgw/lhNjpr3/6f01WKsqt5OrwiS1D/T8XO+KBxPD7g="
