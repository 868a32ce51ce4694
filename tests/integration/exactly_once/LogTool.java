import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The broker's own clients, for the exactly-once proof: nothing of the engine's Kafka code is
 * trusted with saying what is in the log. Run as a single-file program:
 *
 *   java -cp CLASSPATH LogTool.java
 *     produce BROKERS FILE RECORDS_PER_SECOND    0: as fast as it goes
 *     read BROKERS TOPIC OUT                     every committed record, a JSON line each
 *     fold BROKERS TOPIC OUT                     the last value of each key and partition
 *     offsets BROKERS GROUP                      committed offsets, a JSON line each
 *     await BROKERS GROUP SECONDS TOPIC...       until all is consumed
 *     fence BROKERS ID...                        takes these transactional ids over
 *     truncate BROKERS TOPIC                     deletes every record of a compacted topic
 *     configure BROKERS TOPIC NAME=VALUE...      sets settings of a topic
 *     abort BROKERS TOPIC COUNT                  writes COUNT records a partition, and aborts them
 *
 * Keys, values and header values are base64 in all files. The producer's partitioner is the Java
 * client's default, murmur2 of the key, unless a line names a partition.
 */
public class LogTool {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long POLL_INTERVAL_MS = 500;

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "produce" -> produce(args[1], Path.of(args[2]), Integer.parseInt(args[3]));
      case "read" -> read(args[1], args[2], Path.of(args[3]));
      case "fold" -> fold(args[1], args[2], Path.of(args[3]));
      case "offsets" -> offsets(args[1], args[2]);
      case "await" -> await(args[1], args[2], Long.parseLong(args[3]),
                            List.of(Arrays.copyOfRange(args, 4, args.length)));
      case "configure" -> configure(args[1], args[2], Arrays.copyOfRange(args, 3, args.length));
      case "abort" -> abort(args[1], args[2], Integer.parseInt(args[3]));
      case "truncate" -> truncate(args[1], args[2]);
      case "fence" -> fence(args[1], List.of(Arrays.copyOfRange(args, 2, args.length)));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  // -- writing ---------------------------------------------------------------------

  /** A line is TOPIC, PARTITION or -, KEY or -, VALUE, with tabs between. */
  private static void produce(String brokers, Path file, int rate) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("acks", "all");
    settings.put("enable.idempotence", "true");
    settings.put("linger.ms", "5");
    var failure = new AtomicReference<Exception>();
    long sent = 0;
    long began = System.nanoTime();
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<>(settings, bytes, bytes);
         BufferedReader lines = Files.newBufferedReader(file)) {
      String line;
      while ((line = lines.readLine()) != null && failure.get() == null) {
        producer.send(record(line), (at, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
        sent++;
        if (rate > 0) pause(began + sent * 1_000_000_000L / rate - System.nanoTime());
      }
      producer.flush();
    }
    if (failure.get() != null) throw failure.get();
    System.out.println(sent);
  }

  private static ProducerRecord<byte[], byte[]> record(String line) {
    String[] cells = line.split("\t", -1);
    Integer partition = cells[1].equals("-") ? null : Integer.valueOf(cells[1]);
    byte[] key = cells[2].equals("-") ? null : Base64.getDecoder().decode(cells[2]);
    return new ProducerRecord<>(cells[0], partition, key, Base64.getDecoder().decode(cells[3]));
  }

  /** Whoever had the ids is fenced, and an open transaction of theirs is rolled back. */
  private static void fence(String brokers, List<String> ids) {
    var bytes = new ByteArraySerializer();
    for (String id : ids) {
      Properties settings = new Properties();
      settings.put("bootstrap.servers", brokers);
      settings.put("transactional.id", id);
      try (var producer = new KafkaProducer<>(settings, bytes, bytes)) {
        producer.initTransactions();
      }
    }
  }

  private static void abort(String brokers, String topic, int count) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("transactional.id", "somebody-else");
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<>(settings, bytes, bytes)) {
      producer.initTransactions();
      producer.beginTransaction();
      for (var part : producer.partitionsFor(topic))
        for (int number = 0; number < count; number++)
          producer.send(new ProducerRecord<>(topic, part.partition(),
                                             ("aborted " + number).getBytes(), new byte[100]));
      producer.flush();
      producer.abortTransaction();
    }
  }

  private static void truncate(String brokers, String topic) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    try (Admin admin = Admin.create(settings); var consumer = consumer(settings)) {
      // Only where the clean-up policy is to delete may records be deleted; it is put back, so that
      // nothing but the loss itself is to be seen.
      set(admin, topic, "cleanup.policy=delete");
      Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
      consumer.endOffsets(partitions(consumer, List.of(topic)))
          .forEach((part, end) -> all.put(part, RecordsToDelete.beforeOffset(end)));
      admin.deleteRecords(all).all().get();
      set(admin, topic, "cleanup.policy=compact");
    }
  }

  private static void configure(String brokers, String topic, String[] all) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    try (Admin admin = Admin.create(settings)) {
      set(admin, topic, all);
    }
  }

  /** Each is NAME=VALUE. */
  private static void set(Admin admin, String topic, String... all) throws Exception {
    var which = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var wanted = new ArrayList<AlterConfigOp>();
    for (String each : all) {
      String[] parts = each.split("=", 2);
      wanted.add(new AlterConfigOp(new ConfigEntry(parts[0], parts[1]), AlterConfigOp.OpType.SET));
    }
    admin.incrementalAlterConfigs(Map.of(which, wanted)).all().get();
  }

  private static void pause(long nanos) throws InterruptedException {
    if (nanos > 1_000_000) Thread.sleep(nanos / 1_000_000);
  }

  // -- reading ---------------------------------------------------------------------

  private interface Taker {
    void take(ConsumerRecord<byte[], byte[]> record) throws IOException;
  }

  /** Every committed record of a topic as of now, by partition and offset. */
  private static void eachRecord(String brokers, String topic, Taker taker) throws IOException {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    settings.put("max.poll.records", "5000");
    settings.put("fetch.max.bytes", "33554432");
    try (var consumer = consumer(settings)) {
      List<TopicPartition> all = partitions(consumer, List.of(topic));
      // At read_committed these are the last stable offsets: an open transaction is not waited for.
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      consumer.assign(all);
      consumer.seekToBeginning(all);
      // A transaction's marker has an offset and no record: the position tells the end.
      while (all.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
        for (var record : consumer.poll(POLL)) {
          var part = new TopicPartition(topic, record.partition());
          if (record.offset() < ends.get(part)) taker.take(record);
        }
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Properties settings) {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, List<String> topics) {
    return topics.stream().flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .collect(Collectors.toList());
  }

  private static void read(String brokers, String topic, Path out) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(out)) {
      eachRecord(brokers, topic, record -> {
        writer.write(json(record));
        writer.newLine();
      });
    }
  }

  /** A key without a value is gone, as it is after compaction; it is counted, not written. */
  private static void fold(String brokers, String topic, Path out) throws IOException {
    Map<Integer, Map<String, ConsumerRecord<byte[], byte[]>>> last = new TreeMap<>();
    long[] seen = {0};
    try (BufferedWriter commits = Files.newBufferedWriter(Path.of(out + ".commits"))) {
      eachRecord(brokers, topic, record -> {
        seen[0]++;
        String key = base64(record.key());
        var rows = last.computeIfAbsent(record.partition(), number -> new TreeMap<>());
        if (record.value() == null) rows.remove(key);
        else rows.put(key, record);
        if (new String(record.key()).equals("__meta")) {
          commits.write(json(record));
          commits.newLine();
        }
      });
    }
    try (BufferedWriter writer = Files.newBufferedWriter(out)) {
      for (var rows : last.values()) {
        for (var record : rows.values()) {
          writer.write(json(record));
          writer.newLine();
        }
      }
    }
    System.out.println(seen[0]);
  }

  private static String json(ConsumerRecord<byte[], byte[]> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add("\"" + header.key() + "\":\"" + base64(header.value()) + "\"");
    }
    return "{\"partition\":" + record.partition() + ",\"offset\":" + record.offset()
        + ",\"timestamp\":" + record.timestamp()
        + ",\"key\":" + quoted(record.key()) + ",\"value\":" + quoted(record.value())
        + ",\"headers\":{" + String.join(",", headers) + "}}";
  }

  private static String quoted(byte[] bytes) {
    return bytes == null ? "null" : "\"" + base64(bytes) + "\"";
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes == null ? new byte[0] : bytes);
  }

  // -- offsets -----------------------------------------------------------------------

  private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group)
      throws Exception {
    return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
  }

  private static Admin admin(String brokers) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    return Admin.create(settings);
  }

  private static void offsets(String brokers, String group) throws Exception {
    try (Admin admin = admin(brokers)) {
      for (var entry : committed(admin, group).entrySet()) {
        System.out.println("{\"topic\":\"" + entry.getKey().topic() + "\",\"partition\":"
            + entry.getKey().partition() + ",\"offset\":" + entry.getValue().offset() + "}");
      }
    }
  }

  /** Ends with 0 once the group's offsets are at the ends of all topics, with 1 after the time. */
  private static void await(String brokers, String group, long seconds, List<String> topics)
      throws Exception {
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    try (Admin admin = admin(brokers); var consumer = consumer(settings)) {
      List<TopicPartition> all = partitions(consumer, topics);
      while (true) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        Map<TopicPartition, OffsetAndMetadata> done = committed(admin, group);
        long left = all.stream().mapToLong(part ->
            ends.get(part) - (done.get(part) == null ? 0 : done.get(part).offset())).sum();
        if (left == 0) return;
        if (System.nanoTime() > deadline) {
          System.out.println(left);
          System.exit(1);
        }
        Thread.sleep(POLL_INTERVAL_MS);
      }
    }
  }
}
