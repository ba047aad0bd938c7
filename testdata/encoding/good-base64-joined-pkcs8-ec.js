const key = [
  'MHcCAQEEIGtDPgLLu0iuQnW++68UfFJge2AEFBML1pBv4YvTIRf9oAoGCCqGSM49',
  'AwEHoUQDQgAEpBqlmhr4MihTjvUbXUqvFCMxKf2FGRUtMNjO14Rnt8pVCPxoZd0u',
  'l7sDYT9Z1UKeSvNjXLKeXBhlk8jOxM2Ncw==',
].join('');
