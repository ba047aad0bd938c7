import 'dart:convert';
import 'package:crypto/crypto.dart';
import 'package:dart_jsonwebtoken/dart_jsonwebtoken.dart';

class Signer {
  static const _signingSecret = 'aBgW13AMP77nUe9UemEbYDfG7BM9bJVVEviyGwdw';

  String sign(String body) =>
      Hmac(sha256, utf8.encode('8a6b76a90410e4584c9e27b98749a6ce4ab387d5ee50ae4ead05bcad81d9f140')).convert(utf8.encode(body)).toString();

  String token() => JWT({'sub': 'app'}).sign(SecretKey('LEDTV6HchlbvIuw7p5GLrR5mbcPObMa3'));
}
