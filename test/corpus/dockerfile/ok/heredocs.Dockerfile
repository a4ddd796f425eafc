FROM alpine AS base
RUN <<EOF
  apk add curl
  # not a comment of the Dockerfile
EOF
RUN 3<<'FIRST' cat <<-"SECOND" | sh
$kept as it is
FIRST
	second
	SECOND
COPY <<one.txt <<-'two words.txt' /etc/
value is ${HOME:-none}
one.txt
	$literal
	two words.txt
ONBUILD COPY <<EOF /x
later
EOF
