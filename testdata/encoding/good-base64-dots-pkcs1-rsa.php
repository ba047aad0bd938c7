<?php
$key = 'MIIEpAIBAAKCAQEAvQ0fVbbI04tfy7NUcg0wJeoNMqlEje/Lp6LQ//vdCsdRuzFR' .
  '3xqB4B2Z+yJaeCT1vWWMvvUlrQgdAkcUx4dI0yHZruucZENdERvQOjldn6b3kCIp' .
  'GxejxnQEsbXoVYl54eaW6/PBEAez6Qtf6O4Rj+cf3k4eo9iQzXfpc3NqfHiC5bu7' .
  'HIwO/pmnsfrPA541p9+4Soa2PzJyntTjeL2qjSgFsUBZD1Y74ql4qeKHAf63OHzq' .
  's2BHrrjDVVe6tewf28N4CXLiAwd3hg0JsDaGPaVArY3ZTrjD9z8+ZQDgyemBhnFP' .
  '471Yd2DJyQQCq8DjEuJbmvSc6addfwUSSZ9MJwIDAQABAoIBAAzKOq8TPhD5yLha' .
  'RvThKYgj7OxBgWIGfoVP2zEf7aHRP3+yykwvjRvUq0DPRfmc3oQHi8PoVLn/gFIe' .
  'hvkpkOa5aPKP/bU9M92r2QsnXssltT5eFHpA8vnCvZ9cPcsTqvHg8zlXwcPMEZx+' .
  'aLW0hyGjzFPyfj/HFgmglDDh9qrtZBK/2QJ6d+UVRkj0vqpbf+gqV+T2BjEyJLaE' .
  'uHX4dkSiJShnW7wkj8xvDoyGeTxmHms3XwQj+4HQqqoq9Fvq71gjWATRPPFinKDA' .
  'rov5/pZJAnRphbHf69pg0EEO+q6aC6Kwtvt/kzlc9oXHnmDWXSiVHnoZPkq607IC' .
  '6KHS4VkCgYEA5mv0+m+oPLvlGfforysW/Q1+XEaJCYiKvaD5r/UYXvQ/N4LqbUtE' .
  'iZjDFn8EPKaEsIKMtWemNvAH5g2NcQD6VVvRNq1hCp4TjhiWL9wrz/GEsmIkd5sZ' .
  'LYFB3Fd82GP9azJNzNMpmSaf/5SkY1j+j0mFGh9ksLObGn0ZXAmG110CgYEA0gmD' .
  'vnNvkpbvh4Mu3YKapu/pMOno0oIAYv/r3Z4VLaYSrX4WrZB67AzhANVSbW9XW++n' .
  'ccyQaQbgdY6xEnJ1jshbSKMMw0D++UXlSXTD+SdZG7HChfwMou03KmaF7hf6zu7n' .
  'PZTtYnzGBBimp4fKDYuXZRJPVlL3yUsBcS0azVMCgYEA2qA38p6au/VzbO5BwmJa' .
  'D4QMDrWGNJtvOHlSL1eX5hBNIvh+QXEW+I8PG3sso/dDEs7rfvt3Q8z/UZIuT7gj' .
  'zXWuzfg3iQFvgHVnmsWGdGiuBSsFes6YVwq7WLtR42cL/ffexabdY0i4qqF4UCMS' .
  'dRXGyoBa4yWm1r03oJIRdKkCgYAr/W4oT0kI7K/SM/l2z0nQuOKgKf1nSW8HTQ57' .
  'ZgaNfwDecVASnfYAxlnBsOwIm48yZCkvvmZoeNY+CNqxQGO6ud/UgMHFizFbx/XT' .
  'wq7g2grhsANLyJRk80XgjYRzb3ZKLOMllLF7NSLL7NXKtLfuylO1CXawX8Qh1qHA' .
  'sG+ynQKBgQCVFwGQHHJnOpkHzhqhPqMI565VKSwqnZ0cRqhBIIbV1YiEjQAEge2h' .
  'seTo6KBoXnwZz0FWRSZ5bHftCgwXd+uilG0VG402xnrzJKmlnnuPcS9kLDGwpHja' .
  'WckT5gu3atT3H9pzHpXEFahkacTdgk0PcvAxXpv406x3ajpDyyeSTg==';
