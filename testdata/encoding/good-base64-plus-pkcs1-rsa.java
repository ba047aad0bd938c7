class Gate {
    static final String KEY =
        "MIIEowIBAAKCAQEAy1qFeZQ0P28rIctTmC2B5UCl+khNTRryjtZh2aVWdNPhSDon" +
        "bKqmQrjCWNMcKjJFD7nckJ4W0F9zNxqiw7hvYAub3mRFyYlNMA+ECGL/zT6nMz5i" +
        "Va7UiSQmxI8yfcZn+t80FnfT6znu2J+znHkfaNX7r9FAfcpdRKtwLgFlW45rykVc" +
        "BxVZFseJxu7x44OlP6JXsd3GZgYoGNrkRsYnQxRiwz22/8HqgXhiqKWXKD+u/H7q" +
        "PMA56r+eS5HtNlzeEdOTUQwJCAO7Ya4o9j/ObjTNjg8nw6m9ugZGlxTrrDAtEvoY" +
        "NwbFKfRILUDjZulgFzhfcIxl/uZdQhRxhwiwgQIDAQABAoIBAFtOlWD+SSl0bo75" +
        "f1r0j/8SdJQ5M7Bb2a6GFyCFKxlA68YlCn+x7f5GfEkq3VobAURq5VzwBvlf6llD" +
        "NfMglK2w+Lc2GdnAsy5RwSyM2yParnOFXtzvJ9I+L8QRMhAkbprH7tjpy/cyJ4sP" +
        "xjOLdS1660xJ7iWtIAzN14xopwygzAJl5mHCyY68uaaAUZoaNgcM+y6YYfO3L2PQ" +
        "4unmJMv9B04gwa7+hUp8fOOay7tBa1Wcma3SUTTrfE/TbfJ4AO9FaLnXRVN567ms" +
        "wfOqVwfhRd4n5bztAhaMIegStLJMNYxeXB4oAqhWu1P1OFfKbgRiLDR+JWhihaI8" +
        "oznW3dMCgYEA+kVXIYfArDMojk2WI4gRN8CgLU/ARK6bDGzvMBq+za1xKcRJ577D" +
        "346OIMbiHwbtaybsEp+SdDxzGc4ifBbKI3VDVe4mKpeyNNU3hReGQ/3jVd+LGuer" +
        "/swmCWZpCgG9mtjz1TdGpuyv1i5S8TU1S0yR/qnl9+1v4GvwXHh95dMCgYEA0AI7" +
        "eF4qj9zR3hSOtmdHthr7+Cn2fiT4xsfL21S4hVIhQHV2dChiNlnxR2+Q6+H+zvwZ" +
        "vIGvAU9780gUDL5PxMZT0iBS7jWD84hZQYeqOBB0SSFrGtzqYngLy09d+4ncCLBi" +
        "RgoWwDKQPDD00yqyptw2fKBeXycETf/tZGyAd9sCgYAjIP6E71glE506tDtBy4SX" +
        "LcuN8KbNPTD4QoYkW2yy1AiRU0MIa2d1Br5+bUwqDL/gjXsPdiSJej6xvZRrlItV" +
        "BM2pzx6+VcKm1dLQNKgc/RMe55zP7vrebetc4GoYBHyHsrIvGG4rWgeoaaIsx0ou" +
        "wpWviEuGTGaqupvnbuZFDwKBgQCafK3yje2Kf3SXPiloK3jFNXFiNLhPo+HosMcl" +
        "FN0el4r+tr7NMpkOyOo8Jg46QtTeobnzmVWC4aerXiMV+9p+yNXEQCGXrcNcgi3Y" +
        "T4wKq53SGrHTd7PUglgwHbgtc4wqH+Y9Io0XHfal3a5Xj2S0LOWC1hCBFxdJXwTP" +
        "Cw629QKBgE8s+zb1l3eTm210ACNPGsx5jo3cKDBqN0/8wbZG9H1PC2F8gsNvRRCn" +
        "ur9oKpk2gSjvuVRQ47l+XW497x5wsB+9u0i9m/V+vhnoWAGQmlyETRExOpujLASO" +
        "eGyL4fUqUT2zgP1h2BmdlAmsn8k8ZkpjZi2nUzodcQmV+0bE2cGJ";
}
