#!/usr/bin/env bash
# A real Apache Kafka broker (KRaft, one node, loopback, data in a directory of its own).
#
#   broker.sh start DATA_DIR [KAFKA_VERSION]    prints HOST:PORT once the broker is ready
#   broker.sh stop DATA_DIR                     asks it to end, waits, kills it after 20 s
#   broker.sh kill DATA_DIR                     ends it as a power cut would (kill -9)
#   broker.sh classpath [KAFKA_VERSION]         prints the class path for Kafka's Java tools
#
# A second `start` in the same directory brings the same broker back at the same address.
#
#   KAFKA_VERSION           3.9.1 unless told; 4.1.1 works too
#   LAUREL_KAFKA_CACHE      where the jars are kept (default: ~/.cache/laurel/kafka)
#   LAUREL_BROKER_JAVA      options of the JVM (default: -Xms256m -Xmx512m)
#   LAUREL_BROKER_CONFIG    further lines for server.properties
#   LAUREL_BROKER_PROXIED   PORT:ADVERTISED: listens on PORT too, for a proxy that listens on ADVERTISED
#   LAUREL_BROKER_CLUSTER   the id of the cluster, for one of several nodes (default: random)
#   LAUREL_BROKER_OWNER     process id; the broker ends when that process has ended
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ready_timeout_s=90
stop_timeout_s=20

fail() { echo "broker.sh: $*" >&2; exit 69; }
need() { command -v "$1" > /dev/null || fail "'$1' is missing: apt-get install $2"; }

# Fetches the jars of a version once; concurrent callers wait for the first.
jars_of() {
  local version=$1 cache=${LAUREL_KAFKA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/laurel/kafka}
  local jars=$cache/$version
  if [ ! -e "$jars/complete" ]; then
    need mvn maven
    mkdir -p "$cache"
    exec 8> "$cache/lock"
    flock 8
    if [ ! -e "$jars/complete" ]; then
      echo "broker.sh: fetching Apache Kafka $version" >&2
      # Maven must not inherit the lock: a daemon that it leaves behind would hold it.
      mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$jars" >&2 8>&- || fail "Maven could not fetch Apache Kafka $version"
      touch "$jars/complete"
    fi
    exec 8>&-
  fi
  echo "$jars"
}

# Two free ports, for clients and for the controller.
free_ports() {
  python3 -c '
import socket
held = [socket.socket() for _ in range(2)]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))'
}

write_settings() {
  local data=$1 port=$2 controller=$3 listen="" tell="" map=""
  if [ -n "${LAUREL_BROKER_PROXIED:-}" ]; then
    listen=,PROXIED://127.0.0.1:${LAUREL_BROKER_PROXIED%:*}
    tell=,PROXIED://127.0.0.1:${LAUREL_BROKER_PROXIED#*:}
    map=,PROXIED:PLAINTEXT
  fi
  cat > "$data/server.properties" <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller$listen
advertised.listeners=PLAINTEXT://127.0.0.1:$port$tell
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT$map
log.dirs=$data/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.backoff.ms=500
${LAUREL_BROKER_CONFIG:-}
SETTINGS
  cat > "$data/log4j.properties" <<SETTINGS
log4j.rootLogger=WARN, stderr
log4j.logger.kafka.server.KafkaRaftServer=INFO
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.Target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d %p %c %m%n
SETTINGS
}

# A process that has ended but that nobody has waited for (state Z) does not count as running.
running() {
  local state
  read -r _ _ state _ 2> /dev/null < "/proc/$1/stat" && [ "$state" != Z ]
}

# The number may be another process's by now, so its command line has to name this broker.
alive() {
  local pid
  [ -s "$1/pid" ] && pid=$(cat "$1/pid") && running "$pid" \
    && grep -qsF "$1/server.properties" "/proc/$pid/cmdline"
}

# Launches the JVM and waits for its own word that it serves. Returns 1 if it ended instead.
launch() {
  local data=$1 jars=$2
  local java=(java -Dlog4j.configuration="file:$data/log4j.properties" -cp "$jars/*")
  if [ ! -f "$data/log/meta.properties" ]; then
    local id
    id=${LAUREL_BROKER_CLUSTER:-}
    [ -n "$id" ] || id=$("${java[@]}" kafka.tools.StorageTool random-uuid 2>> "$data/broker.log")
    "${java[@]}" kafka.tools.StorageTool format -t "$id" -c "$data/server.properties" >> "$data/broker.log" 2>&1
  fi
  local from
  from=$(wc -c < "$data/broker.log")
  # The options are words.
  # shellcheck disable=SC2086
  setsid "${java[0]}" ${LAUREL_BROKER_JAVA:--Xms256m -Xmx512m} "${java[@]:1}" \
    kafka.Kafka "$data/server.properties" < /dev/null >> "$data/broker.log" 2>&1 8>&- 9>&- &
  # Our child, so its number is nobody else's; its command line says so only once it has been
  # executed, which a busy machine may put off.
  local broker=$! end=$((SECONDS + ready_timeout_s))
  echo "$broker" > "$data/pid"
  while ! tail -c +$((from + 1)) "$data/broker.log" | grep -q 'Kafka Server started'; do
    running "$broker" || return 1
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

watch_owner() {
  local data=$1 owner=$2 broker
  broker=$(cat "$data/pid")
  (
    while running "$owner" && running "$broker"; do sleep 1; done
    kill -9 "$broker" 2> /dev/null
  ) < /dev/null > /dev/null 2>&1 8>&- 9>&- &
}

start() {
  local data=$1 version=$2
  need java openjdk-17-jre-headless
  need python3 python3
  local jars
  jars=$(jars_of "$version")
  mkdir -p "$data"
  data=$(cd "$data" && pwd)
  alive "$data" && fail "a broker runs in $data already"
  touch "$data/broker.log"
  local fresh=1
  [ -s "$data/ports" ] && fresh=0
  # Ports were free a moment ago; someone else may be quicker, hence the second and third try.
  for _ in 1 2 3; do
    [ -s "$data/ports" ] || free_ports > "$data/ports"
    read -r port controller < "$data/ports"
    write_settings "$data" "$port" "$controller"
    if launch "$data" "$jars"; then
      if [ -n "${LAUREL_BROKER_OWNER:-}" ]; then watch_owner "$data" "$LAUREL_BROKER_OWNER"; fi
      echo "127.0.0.1:$port"
      return
    fi
    end "$data" KILL
    # A broker that has run before keeps its address, and its data.
    [ $fresh = 1 ] && grep -q 'Address already in use' "$data/broker.log" || break
    rm -rf "$data/ports" "$data/log"
  done
  tail -n 30 "$data/broker.log" >&2
  fail "Apache Kafka $version did not start; its log is $data/broker.log"
}

end() {
  local data=$1 signal=$2
  alive "$data" || { rm -f "$data/pid"; return 0; }
  local pid
  pid=$(cat "$data/pid")
  kill -"$signal" "$pid" 2> /dev/null || true
  local deadline=$((SECONDS + stop_timeout_s))
  while running "$pid"; do
    if [ $SECONDS -ge $deadline ]; then kill -9 "$pid" 2> /dev/null || true; fi
    sleep 0.1
  done
  rm -f "$data/pid"
}

version() { echo "${1:-${KAFKA_VERSION:-3.9.1}}"; }

case "${1:-} $#" in
  "start "[23]) start "$2" "$(version "${3:-}")" ;;
  "stop 2") end "$(realpath -m "$2")" TERM ;;
  "kill 2") end "$(realpath -m "$2")" KILL ;;
  "classpath "[12])
    jars=$(jars_of "$(version "${2:-}")") # By itself: within an argument its failure would be lost.
    echo "$jars/*" ;;
  *) sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
esac
