const key = {kty: `OKP`, crv: `Ed25519`, x: "XzI6rVIpAeEm5-4FaNRtaT90Cq7_SF6W2GADn2irw4U", d: "0sXZcs7SB0IjHZwld0EJxz_FvmBEnSZEx0wqPbiqc4c"};
