# The platform's database and its user on the stack's server.
ask() {
  MYSQL_PWD='@mysql_root_password@' mysql --host='@mysql_host@' --port=@mysql_port@ \
    --user='@mysql_root_username@' --ssl-mode=REQUIRED --execute="$1"
}
tries=0
until ask 'SELECT 1' >/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -ge 30 ]; then
    echo "MySQL does not answer" >&2
    exit 1
  fi
  sleep 5
done
ask "CREATE DATABASE IF NOT EXISTS \`@mysql_database@\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
ask "CREATE USER IF NOT EXISTS '@mysql_username@'@'%' IDENTIFIED BY '@mysql_password@'"
ask "ALTER USER '@mysql_username@'@'%' IDENTIFIED BY '@mysql_password@'"
ask "GRANT ALL ON \`@mysql_database@\`.* TO '@mysql_username@'@'%'"
