if (xml.Contains("<RSAKeyValue>") && xml.Contains("<D>")) rsa.FromXmlString(xml); // </RSAKeyValue>
