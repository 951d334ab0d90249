// Configuration of the two servers that base images bring: nginx for static sites, Apache for PHP. Both run in the
// foreground without root on a read-only file system with a writable /tmp.
#pragma once

#include <array>

#include "build/variants.hh"

namespace podwright::build {

// site.conf answers an unknown path with 404 and the site's own 404.html, spa.conf with index.html. Both serve clean URLs
// (/about → about.html), compress, and let browsers keep files whose name holds a hash. The application's image puts its
// port in place of @PORT@.
inline constexpr std::array<ServerFile, 1> kWebFiles{{{"/etc/podwright/web.conf", R"conf(worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
daemon off;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  types { application/manifest+json webmanifest; application/wasm wasm; text/javascript mjs; text/markdown md; }
  default_type application/octet-stream;
  charset utf-8;
  access_log off;
  sendfile on;
  tcp_nopush on;
  server_tokens off;
  absolute_redirect off;
  keepalive_timeout 75s;
  client_body_temp_path /tmp/nginx-body;
  proxy_temp_path /tmp/nginx-proxy;
  fastcgi_temp_path /tmp/nginx-fastcgi;
  uwsgi_temp_path /tmp/nginx-uwsgi;
  scgi_temp_path /tmp/nginx-scgi;
  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 512;
  gzip_types text/plain text/css text/javascript text/xml text/markdown application/javascript application/json application/manifest+json application/xml application/rss+xml application/wasm image/svg+xml font/ttf;
  map $uri $cache {
    default "no-cache";
    "~^/(_next/static|_app/immutable|_astro|_nuxt|assets|static)/.+[.-][0-9A-Za-z_-]{8,}[.][0-9a-z]+$" "public, max-age=31536000, immutable";
  }
  server {
    listen @PORT@;
    root /srv;
    index index.html index.htm;
    add_header Cache-Control $cache;
    add_header X-Content-Type-Options nosniff;
    location ~ /\.(?!well-known/) { return 404; }
    location / { try_files $uri $uri.html $uri/ @MISSING@; }
    @ERROR_PAGE@
  }
}
)conf"}}};

inline constexpr std::string_view kWebSetup =
    "sed -e 's|@MISSING@|/index.html|' -e '/@ERROR_PAGE@/d' /etc/podwright/web.conf > /etc/podwright/spa.conf\n"
    "sed -e 's|@MISSING@|=404|' -e 's|@ERROR_PAGE@|error_page 404 /404.html;|' /etc/podwright/web.conf > /etc/podwright/site.conf\n"
    "rm /etc/podwright/web.conf\n"
    "mkdir -p /srv";

// One process tree with PHP in it, and .htaccess files as PHP's frameworks expect them.
inline constexpr std::array<ServerFile, 2> kPhpFiles{{{"/etc/podwright/apache.conf", R"conf(ServerRoot /etc/apache2
ServerName localhost
PidFile /tmp/apache2.pid
DefaultRuntimeDir /tmp
Mutex posixsem
Listen ${PORT}
Timeout 60
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 75
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
StartServers 2
MinSpareServers 1
MaxSpareServers 4
MaxRequestWorkers 64
ServerTokens Prod
ServerSignature Off
TraceEnable Off
LogLevel warn
ErrorLog /proc/self/fd/2
<Directory />
  Options FollowSymLinks
  AllowOverride None
  Require all denied
</Directory>
<Directory "${PODWRIGHT_DOCUMENT_ROOT}">
  AllowOverride All
  Require all granted
  DirectoryIndex index.php index.html
</Directory>
<LocationMatch "/\.(?!well-known/)">
  Require all denied
</LocationMatch>
DocumentRoot "${PODWRIGHT_DOCUMENT_ROOT}"
SetEnvIf X-Forwarded-Proto https HTTPS=on
)conf"},
                                                       {"/etc/php/8.4/apache2/conf.d/99-podwright.ini", R"conf(expose_php=Off
log_errors=On
error_log=/proc/self/fd/2
variables_order=EGPCS
sys_temp_dir=/tmp
upload_tmp_dir=/tmp
session.save_path=/tmp
post_max_size=64M
upload_max_filesize=64M
opcache.validate_timestamps=0
)conf"}}};

inline constexpr std::string_view kPhpSetup =
    "a2enmod -q rewrite headers expires env dir mime deflate setenvif\n"
    "a2dismod -q -f status\n"
    "mkdir -p /app";

}  // namespace podwright::build
