#!/usr/bin/env bash
# Writes testdata/archive/: a key in every kind of container, packed by the tools
# that people use, and expect.toml with the place and fingerprint of each.
#
#   archive.sh FOLDER
#
# Debian packages: openssl openssh-client zip tar gzip xz-utils zstd bzip2 lz4
#   binutils dpkg-dev rpm git default-jdk-headless (jar) p7zip-full python3 sqlite3
#   qpdf vim; Python packages python-docx odfpy openpyxl, of DOCUMENTS_PYTHON if set
# No cpio: the payload of an rpm package is the `newc` archive; `odc` is written
# by Python, as are what no tool writes: damaged, lying and self-containing files.
set -euo pipefail
umask 022
out=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
rm -f "$out"/*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export here LC_ALL=C TZ=UTC GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null HOME=$work
n=0

# fresh: begins an empty folder, with a key of its own in $work/t/in/ner.pem.
fresh() {
  rm -rf "$work/t"; mkdir -p "$work/t/in"; cd "$work/t"
  printf 'notes\n' >in/a.txt
  n=$((n + 1))
  case $((n % 3)) in
    0) format=openssh algorithm=Ed25519
       ssh-keygen -q -t ed25519 -N '' -C ada@laptop.example -f in/ner.pem; rm in/ner.pem.pub
       spki=$(ssh-keygen -y -f in/ner.pem >pub && ssh-keygen -e -m PKCS8 -f pub 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null | sha256sum | cut -d' ' -f1 || true)
       # ssh-keygen writes no SPKI of Ed25519: 12 fixed bytes before the point (RFC 8410).
       spki=$({ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; cut -d' ' -f2 pub | base64 -d | tail -c 32; } | sha256sum | cut -d' ' -f1); rm pub ;;
    1) format=sec1 algorithm=EC-P256
       openssl ecparam -name prime256v1 -genkey -noout -out in/ner.pem
       spki=$(openssl pkey -in in/ner.pem -pubout -outform DER | sha256sum | cut -d' ' -f1) ;;
    2) format=pkcs8 algorithm=Ed25519
       openssl genpkey -algorithm ed25519 -out in/ner.pem
       spki=$(openssl pkey -in in/ner.pem -pubout -outform DER | sha256sum | cut -d' ' -f1) ;;
  esac
}

# holds FILE PLACE COMMAND [LINE [ENCODING]]: packs by COMMAND, which writes $out/FILE
# from the folder `in`, and records where in it the key is, and in text how.
holds() {
  local file=$1
  export file out
  eval "$3" >/dev/null
  {
    printf '["%s"]\ncommand = %s\n' "$1" "$(python3 -c 'import json,sys; print(json.dumps(sys.argv[1]))' "$3")"
    printf '[["%s".key]]\nformat = "%s"\nalgorithm = "%s"\nplace = "%s"\nline = %s\nspki-sha256 = "%s"\n' "$1" "$format" "$algorithm" "$2" "${4:-1}" "$spki"
    if [[ ${5:-} ]]; then printf 'encoding = "%s"\n' "$5"; fi
    echo
  } >>"$out/expect.toml"
}

# quiet FILE REASON COMMAND: packs what cannot be looked into, for REASON.
quiet() {
  local file=$1
  export file out
  eval "$3" >/dev/null
  printf '["%s"]\ncommand = %s\ngave-up = "%s"\n\n' "$1" "$(python3 -c 'import json,sys; print(json.dumps(sys.argv[1]))' "$3")" "$2" >>"$out/expect.toml"
}
: >"$out/expect.toml"
echo "# Written by make/archive.sh." >>"$out/expect.toml"

# Compressed streams
fresh; holds key.pem.gz ner.pem 'gzip -c in/ner.pem >"$out/$file"'
fresh; holds two-members.gz data '{ gzip -c <in/a.txt; gzip -c <in/ner.pem; } >"$out/$file"' 2
fresh; holds trailing-zeros.gz data '{ gzip -c <in/ner.pem; head -c 1000 /dev/zero; } >"$out/$file"'
fresh; holds key.zz data 'python3 -c "import sys,zlib; sys.stdout.buffer.write(zlib.compress(open(\"in/ner.pem\",\"rb\").read()))" >"$out/$file"'
fresh; holds key.zst data 'zstd -q <in/ner.pem >"$out/$file"'
fresh; holds two-frames.zst data '{ zstd -q <in/a.txt; printf "\x50\x2a\x4d\x18\x03\0\0\0abc"; zstd -q <in/ner.pem; } >"$out/$file"' 2
fresh; holds key.xz data 'xz <in/ner.pem >"$out/$file"'
fresh; holds two-streams.xz data '{ xz <in/a.txt; xz <in/ner.pem; } >"$out/$file"' 2
fresh; holds key.bz2 data 'bzip2 <in/ner.pem >"$out/$file"'
fresh; holds key.lz4 data 'lz4 -q <in/ner.pem >"$out/$file"'
fresh; holds two-frames.lz4 data '{ lz4 -q -B4 <in/a.txt; lz4 -q -B7 -BD <in/ner.pem; } >"$out/$file"' 2

# zip and its relatives
fresh; holds deflated.zip in/ner.pem 'zip -q -X "$out/$file" in/a.txt in/ner.pem'
fresh; holds stored.zip in/ner.pem 'zip -q -0 "$out/$file" in/a.txt in/ner.pem'
fresh; holds commented.zip in/ner.pem 'zip -q "$out/$file" in/ner.pem; echo "a comment" | zip -qz "$out/$file"'
fresh; holds zip64.zip - 'zip -q -fz "$out/$file" - <in/ner.pem'
fresh; holds streamed.zip - 'cat in/ner.pem | zip -q - - >"$out/$file"'
fresh; holds bzip2.zip in/ner.pem 'zip -q -Z bzip2 "$out/$file" in/ner.pem'
fresh; holds app.jar in/ner.pem 'jar cf "$out/$file" in'
fresh; holds self-extracting.bin in/ner.pem 'zip -q t.zip in/ner.pem; { printf "#!/bin/sh\nexec java -jar \$0\n"; cat t.zip; } >"$out/$file"'
fresh; holds self-extracting-adjusted.bin in/ner.pem 'zip -q t.zip in/ner.pem; { printf "#!/bin/sh\nexec java -jar \$0\n"; cat t.zip; } >"$out/$file"; zip -qA "$out/$file"'
fresh; holds no-directory.zip in/ner.pem 'zip -q t.zip in/ner.pem in/a.txt; head -c -60 t.zip >"$out/$file"'
fresh; holds war-of-jars.war 'lib/a.jar!in/ner.pem' 'mkdir lib; jar cf lib/a.jar in; zip -q "$out/$file" lib/a.jar'
fresh; quiet encrypted.zip "encrypted: in/ner.pem" 'zip -q -P secret "$out/$file" in/ner.pem'

# tar
for kind in v7 ustar gnu posix; do
  fresh; holds "$kind.tar" in/ner.pem "tar --format=$kind"' -cf "$out/$file" in'
done
long=$(printf 'folder-%.0s' {1..12})
for kind in gnu posix; do
  fresh; holds "long-name-$kind.tar" "in/$long/$long/key" 'mkdir -p "in/$long/$long"; mv in/ner.pem "in/$long/$long/key"; tar --format='$kind' -cf "$out/$file" in'
  fresh; holds "sparse-$kind.tar" in/ner.pem 'cp in/ner.pem k; truncate -s 1M in/ner.pem; cat k >>in/ner.pem; truncate -s 2M in/ner.pem; tar --format='$kind' -S -cf "$out/$file" in/ner.pem'
done
fresh; holds appended.tar in/ner.pem 'tar -cf "$out/$file" in/a.txt; tar -cf - in/ner.pem >>"$out/$file"'
fresh; holds links.tar in/ner.pem 'ln -s /etc/shadow in/s; ln in/ner.pem in/zz; mkfifo in/f; tar -cf "$out/$file" in'
fresh; holds traversal.tar ../../etc/ner.pem 'tar -P --transform "s#in/ner#../../etc/ner#" -cf "$out/$file" in/ner.pem'
fresh; holds tree.tar.gz in/ner.pem 'tar -czf "$out/$file" in'
fresh; holds tree.tar.xz in/ner.pem 'tar -cJf "$out/$file" in'
fresh; holds tree.tar.zst in/ner.pem 'tar --zstd -cf "$out/$file" in'
fresh; holds tree.tar.bz2 in/ner.pem 'tar -cjf "$out/$file" in'
fresh; holds zip-in-tar.tar 'keys.zip!in/ner.pem' 'zip -q keys.zip in/ner.pem; tar -cf "$out/$file" keys.zip'

# Packages and the rest
fresh; holds lib.a ner.pem 'ar rc "$out/$file" in/a.txt in/ner.pem'
fresh; holds long-names.a a-rather-long-name-of-a-key.pem 'mv in/ner.pem in/a-rather-long-name-of-a-key.pem; ar rc "$out/$file" in/a.txt in/a-rather-long-name-of-a-key.pem'
for pack in gzip xz zstd; do
  tail=gz; [[ $pack == gzip ]] || tail=${pack/zstd/zst}
  fresh; holds "agent-$pack.deb" "data.tar.$tail!./etc/agent/ner.pem" 'mkdir -p d/DEBIAN d/etc/agent; mv in/ner.pem d/etc/agent; printf "Package: agent\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.example>\nDescription: a\n" >d/DEBIAN/control; dpkg-deb --root-owner-group -Z'$pack' -b d "$out/$file"'
done
spec='Name: agent\nVersion: 1\nRelease: 1\nSummary: a\nLicense: MIT\nBuildArch: noarch\n%description\na\n%install\nmkdir -p %{buildroot}/etc/agent\ncp '"$work"'/t/in/ner.pem %{buildroot}/etc/agent/\n%files\n/etc/agent/ner.pem\n'
for pack in w9.gzdio w6.xzdio w19.zstdio w9.bzdio; do
  fresh; holds "agent-${pack#*.}.rpm" ./etc/agent/ner.pem 'printf %b "$spec" >a.spec; rpmbuild --quiet -bb --define "_topdir $work/rpm" --define "_binary_payload '$pack'" --define "_buildhost h" a.spec 2>/dev/null; mv "$work"/rpm/RPMS/noarch/*.rpm "$out/$file"'
done
fresh; holds newc.cpio ./etc/agent/ner.pem 'printf %b "$spec" >a.spec; rpmbuild --quiet -bb --define "_topdir $work/rpm" a.spec 2>/dev/null; rpm2cpio "$work"/rpm/RPMS/noarch/*.rpm >"$out/$file"'
fresh; holds odc.cpio in/ner.pem 'python3 "$here/archive.py" odc in/ner.pem >"$out/$file"'
fresh; holds lzma2.7z in/ner.pem '7z a -bd "$out/$file" in'
fresh; holds lzma.7z in/ner.pem '7z a -bd -m0=lzma "$out/$file" in'
fresh; holds x86.7z in/ner.pem '7z a -bd -m0=bcj -m1=lzma2 "$out/$file" in'
fresh; holds deflate.7z in/ner.pem '7z a -bd -m0=deflate "$out/$file" in'
fresh; holds bzip2.7z in/ner.pem '7z a -bd -m0=bzip2 "$out/$file" in'
fresh; holds copy.7z in/ner.pem '7z a -bd -m0=copy -ms=off -mhc=off "$out/$file" in'
fresh; quiet encrypted.7z "encrypted: in/a.txt and 1 more" '7z a -bd -psecret "$out/$file" in'
fresh; quiet encrypted-header.7z "encrypted" '7z a -bd -psecret -mhe=on "$out/$file" in'
fresh; quiet ppmd.7z "compressed in a way that is not supported: in/a.txt and 1 more" '7z a -bd -m0=ppmd "$out/$file" in'
fresh; oid=$(git hash-object in/ner.pem); holds history.bundle "$oid" 'git init -q -b main r; cd r; git config user.email a@b.example; git config user.name a; for i in {1..6}; do { seq 400; echo $i; } >f; git add f; git commit -qm $i; done; cp ../in/ner.pem k; git add k; git commit -qm k; git rm -q k; git commit -qm gone; git repack -qadf; git bundle create -q "$out/$file" main'
fresh; holds delta.bundle "DELTA" 'git init -q -b main r; cd r; git config user.email a@b.example; git config user.name a; seq 4000 >f; git add f; git commit -qm 1; { seq 2000; cat ../in/ner.pem; seq 2001 4000; } >f; git add f; git commit -qm 2; seq 4000 >>f; git add f; git commit -qm 3; git repack -qadf; git bundle create -q "$out/$file" main; echo "$(git rev-parse main~1:f)" >"$work/oid"' 2001
sed -i "s/\"DELTA\"/\"$(cat "$work/oid")\"/" "$out/expect.toml"
fresh; holds image.tar 'LAYER/layer.tar!app/.ssh/ner.pem' 'mkdir -p one LAYER app/.ssh; mv in/ner.pem app/.ssh; tar -cf one/layer.tar in; tar -cf LAYER/layer.tar app; echo "[{\"Config\":\"c.json\",\"RepoTags\":[\"a/b:1\"],\"Layers\":[\"one/layer.tar\",\"LAYER/layer.tar\"]}]" >manifest.json; echo "{}" >c.json; tar -cf "$out/$file" manifest.json c.json one LAYER'
fresh; tar -C "$work/t" -czf "$work/layer" in; digest=$(sha256sum <"$work/layer" | cut -d' ' -f1)
holds oci.tar "blobs/sha256/$digest!in/ner.pem" 'mkdir -p blobs/sha256; cp "$work/layer" blobs/sha256/'"$digest"'; echo "{\"imageLayoutVersion\":\"1.0.0\"}" >oci-layout; tar -cf "$out/$file" oci-layout blobs'

# Damaged
fresh; quiet truncated.tar.gz "truncated: in/ner.pem" 'head -c 30000 /dev/urandom >>in/ner.pem; tar --sort=name -cf t.tar in/ner.pem; gzip -c t.tar | head -c 20000 >"$out/$file"'
fresh; cp in/a.txt in/b.txt; holds damaged-header.tar in/ner.pem 'tar -cf "$out/$file" in/a.txt in/b.txt in/ner.pem; printf XXXX | dd of="$out/$file" conv=notrunc bs=1 seek=1172 status=none'
printf '["damaged-header.tar".also]\ngave-up = "damaged"\n\n' >>"$out/expect.toml"

# Databases (SQLite)
fresh; holds overflow.sqlite 'keys/2/the key' 'python3 "$here/database.py" "$out/$file" text'
fresh; holds utf-16.sqlite 'keys/2/the key' 'python3 "$here/database.py" "$out/$file" utf-16'
fresh; holds deleted-row.sqlite 'free page 2' 'python3 "$here/database.py" "$out/$file" deleted'
fresh; holds deleted-table.sqlite 'free page 2' 'python3 "$here/database.py" "$out/$file" dropped'
fresh; holds deleted-and-wiped.sqlite 'free page 5' 'python3 "$here/database.py" "$out/$file" wiped' 2
fresh; holds without-rowid.sqlite 'k/-/2' 'sqlite3 "$out/$file" "pragma page_size=512; create table k (name text primary key, pem text) without rowid; insert into k select '"'a', hex(zeroblob(250)) || char(10) || readfile('in/ner.pem')"'"' 2
fresh; holds database-in-tar.tar 'app.db!keys/2/the key' 'python3 "$here/database.py" app.db text; tar -cf "$out/$file" app.db'
fresh; holds archive-in-database.sqlite 'files/1/data!in/ner.pem' 'tar -cf t.tar in; sqlite3 "$out/$file" "create table files (id integer primary key, data blob); insert into files (data) values (readfile('"'t.tar'"'))"'

# Documents and what editors leave
python=${DOCUMENTS_PYTHON:-python3}
export python
fresh; holds attached.pdf 'object 5' 'qpdf --empty --add-attachment in/ner.pem -- "$out/$file"'
fresh; holds objects.pdf 'object 1' '{ printf "%%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n3 0 obj\n<< /Subject (%s) >>\nendobj\ntrailer\n<< /Root 1 0 R /Info 3 0 R >>\n" "$(cat in/ner.pem)"; } >t.pdf; qpdf --warning-exit-0 --object-streams=generate t.pdf "$out/$file" 2>&1' 4
fresh; holds drawn.pdf 'object 4' 'python3 "$here/drawn.py" in/ner.pem t.pdf shown; qpdf --warning-exit-0 --compress-streams=y t.pdf "$out/$file" 2>&1' 11
fresh; holds placed.pdf 'object 4' 'python3 "$here/drawn.py" in/ner.pem "$out/$file" placed' 3
fresh; quiet encrypted.pdf "encrypted" 'qpdf --empty --encrypt "" x 256 -- --add-attachment in/ner.pem -- "$out/$file"'
fresh; holds runs.docx word/document.xml '$python "$here/document.py" "$out/$file"' 3
fresh; holds spans.odt content.xml '$python "$here/document.py" "$out/$file"' 3
fresh; holds cell.xlsx xl/worksheets/sheet1.xml '$python "$here/document.py" "$out/$file"' 3
for kind in swap undo; do
  line=101; place=text; [[ $kind == undo ]] && line=1 place='entry 1'
  fresh; holds "vim.$kind" "$place" 'vim -u NONE -N -es -S "$here/edit.vim" </dev/null; cp out.'$kind' "$out/$file"' $line
done
fresh; holds pdf-in-zip.zip 'a.pdf!object 5' 'qpdf --empty --add-attachment in/ner.pem -- a.pdf; zip -q "$out/$file" a.pdf'

# Inside text
fresh; holds kubernetes.yaml "" '{ printf "apiVersion: v1\nkind: Secret\ndata:\n  backup: "; tar -czf - in | base64 -w0; echo; } >"$out/$file"' 4 "base64 of gzip"
fresh; holds helm.yaml "" '{ printf "kind: Secret\ntype: helm.sh/release.v1\ndata:\n  release: "; printf "{\"config\":{\"key\":\"%s\"}}" "$(sed "s/\$/\\\\n/" in/ner.pem | tr -d "\n")" | gzip -c | base64 -w0 | base64 -w0; echo; } >"$out/$file"' 4 "base64 twice of gzip"
fresh; holds zip-in-script.sh "" '{ printf "#!/bin/sh\nbase64 -d >a.zip <<EOF\n"; zip -q t.zip in/ner.pem; base64 t.zip; echo EOF; } >"$out/$file"' 3 "base64 of zip"
fresh; holds zstd.json "" '{ printf "{\"state\": \""; zstd -q <in/ner.pem | base64 -w0; echo "\"}"; } >"$out/$file"' 1 "base64 of zstd"
fresh; holds xz.yaml "" '{ printf "backup: "; xz <in/ner.pem | base64 -w0; echo; } >"$out/$file"' 1 "base64 of xz"
fresh; holds bzip2.env "" '{ printf "BACKUP="; bzip2 <in/ner.pem | base64 -w0; echo; } >"$out/$file"' 1 "base64 of bzip2"
fresh; holds 7z.txt "" '7z a -bd t.7z in; base64 t.7z >"$out/$file"' 1 "base64 of 7z"
fresh; holds sqlite.json "" '{ printf "{\"database\": \""; python3 "$here/database.py" t.db text; base64 -w0 t.db; echo "\"}"; } >"$out/$file"' 1 "base64 of sqlite"
rm -rf "$work/t"
