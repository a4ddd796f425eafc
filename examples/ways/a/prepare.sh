# Gathers what goes into the images, and names that folder in the last line.
set -eu
rm -rf .polyarch/bundle
mkdir -p .polyarch/bundle
cp -R agent .polyarch/bundle/agent
echo .polyarch/bundle
