class Gate {
    static final String KEY =
        "MHcCAQEEIB70/lqag1aNV2dzXUu9mvTWwZYIowKaxk+JRmdZwvAzoAoGCCqGSM49" +
        "AwEHoUQDQgAE6WHPMY9zDFPzr0mTPLIInekhTlw0s1qby+hC/Z0KTM+XPhE34tch" +
        "btQMtdPLznnPTf29z9kPShh+93lR7Q/chA==";
}
