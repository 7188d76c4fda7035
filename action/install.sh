#!/bin/bash
# Puts the release $VERSION of facets-reconcile on the PATH of the steps that follow, if its checksum is right.
set -euo pipefail

version="${VERSION#v}"
if ! [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "::error title=facets-reconcile::version must be a release such as 1.2.3, and is \"${version//[^0-9A-Za-z.+-]/?}\""
  exit 1
fi

case "$RUNNER_OS" in
  Linux) os=linux suffix=tar.gz ;;
  macOS) os=darwin suffix=tar.gz ;;
  Windows) os=windows suffix=zip ;;
  *) echo "::error title=facets-reconcile::there is no release for $RUNNER_OS"; exit 1 ;;
esac
case "$RUNNER_ARCH" in
  X64) arch=amd64 ;;
  ARM64) arch=arm64 ;;
  *) echo "::error title=facets-reconcile::there is no release for $RUNNER_ARCH"; exit 1 ;;
esac

archive="facets-reconcile_${version}_${os}_${arch}.$suffix"
folder="$RUNNER_TEMP/facets-reconcile-$version"
rm -rf "$folder" && mkdir -p "$folder/bin" && cd "$folder"
for file in "$archive" checksums.txt; do
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$file" \
    "https://github.com/agent-facets/facets-reconcile/releases/download/v$version/$file"
done

# Of the checksums that of this archive; a line of another file must not do in its place.
if ! awk -v name="$archive" '$2 == name { print; found = 1 } END { exit !found }' checksums.txt > wanted.txt; then
  echo "::error title=facets-reconcile::checksums.txt of $version has no line for $archive"
  exit 1
fi
if command -v sha256sum > /dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
if ! "${sum[@]}" --check wanted.txt; then
  echo "::error title=facets-reconcile::the checksum of $archive is not that of the release: nothing was installed"
  exit 1
fi

case "$suffix" in
  zip) unzip -q "$archive" facets-reconcile.exe -d bin ;;
  *) tar -xzf "$archive" -C bin facets-reconcile ;;
esac
echo "$folder/bin" >> "$GITHUB_PATH"
"$folder/bin/facets-reconcile" version
