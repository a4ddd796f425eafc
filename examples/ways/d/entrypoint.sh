#!/bin/sh
exec "${@:-sh}"
