import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The five rules of tests/bench/rules.json, written by hand on Kafka Streams: the peer that Laurel
 * is measured against. One store of users, exactly once, 100 ms commits. Prints "running" when its
 * partitions are assigned, and ends at SIGTERM.
 *
 * <p>Usage: BadgeStreams BROKERS APPLICATION ENGAGEMENT TRANSACTION OUTPUT STATE_DIR THREADS RESET
 */
public final class BadgeStreams {
  private static final JsonFactory JSON = new JsonFactory();
  private static final long DAY_MS = 86_400_000L;

  /** What is remembered of a user; the value of the store. */
  private static final class User {
    static final int RECENT_IDS = 64;
    static final int PLACES_MAX = 32;

    long checkins;
    long shares;
    long cents;
    long lastDay = Long.MIN_VALUE;
    int streak;
    int badges; // One bit a rule.
    int nextId;
    final long[] recentIds = new long[RECENT_IDS]; // Hashes of event ids, to tell duplicates.
    final TreeSet<String> places = new TreeSet<>();
  }

  private static final class UserSerde
      implements Serde<User>, Serializer<User>, Deserializer<User> {
    private static final int SIZE_GUESS = 700;

    @Override
    public Serializer<User> serializer() {
      return this;
    }

    @Override
    public Deserializer<User> deserializer() {
      return this;
    }

    @Override
    public void configure(Map<String, ?> settings, boolean isKey) {}

    @Override
    public void close() {}

    @Override
    public byte[] serialize(String topic, User user) {
      if (user == null) {
        return null;
      }
      try {
        var bytes = new ByteArrayOutputStream(SIZE_GUESS);
        var out = new DataOutputStream(bytes);
        out.writeLong(user.checkins);
        out.writeLong(user.shares);
        out.writeLong(user.cents);
        out.writeLong(user.lastDay);
        out.writeInt(user.streak);
        out.writeInt(user.badges);
        out.writeInt(user.nextId);
        for (long id : user.recentIds) {
          out.writeLong(id);
        }
        out.writeInt(user.places.size());
        for (String place : user.places) {
          out.writeUTF(place);
        }
        return bytes.toByteArray();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public User deserialize(String topic, byte[] bytes) {
      if (bytes == null) {
        return null;
      }
      try {
        var in = new DataInputStream(new ByteArrayInputStream(bytes));
        var user = new User();
        user.checkins = in.readLong();
        user.shares = in.readLong();
        user.cents = in.readLong();
        user.lastDay = in.readLong();
        user.streak = in.readInt();
        user.badges = in.readInt();
        user.nextId = in.readInt();
        for (int i = 0; i < user.recentIds.length; i++) {
          user.recentIds[i] = in.readLong();
        }
        for (int left = in.readInt(); left > 0; left--) {
          user.places.add(in.readUTF());
        }
        return user;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The fields of an event that the rules read. */
  private static final class Event {
    String id;
    String type;
    String place;
    long cents;
    long at;

    static Event parse(byte[] json) throws IOException {
      var event = new Event();
      try (var parser = JSON.createParser(json)) {
        for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
              case "event_id" -> event.id = parser.getText();
              case "type" -> event.type = parser.getText();
              case "place" -> event.place = parser.getText();
              case "value" ->
                  event.cents = new BigDecimal(parser.getText()).movePointRight(2).longValueExact();
              case "occurred_at" -> event.at = parser.getLongValue();
              default -> {}
            }
          }
        }
      }
      return event;
    }
  }

  private static final class Engine implements Processor<String, byte[], String, byte[]> {
    private static final int RULES = 5;
    private static final int NET_SPENT = 1 << 2; // The one badge that is taken back.

    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, User> users;

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
      context = given;
      users = given.getStateStore("users");
    }

    @Override
    public void process(Record<String, byte[]> record) {
      Event event;
      try {
        event = Event.parse(record.value());
      } catch (IOException e) {
        return;
      }
      User user = users.get(record.key());
      if (user == null) {
        user = new User();
      }
      if (isDuplicate(user, event.id)) {
        return;
      }
      count(user, event);
      int held = held(user);
      int changed = held ^ user.badges;
      for (int rule = 0; rule < RULES; rule++) {
        if ((changed >> rule & 1) == 1) {
          tell(record, rule, (held >> rule & 1) == 1, event.id);
        }
      }
      user.badges = held;
      users.put(record.key(), user);
    }

    private static boolean isDuplicate(User user, String id) {
      long hash = 1125899906842597L;
      for (int i = 0; i < id.length(); i++) {
        hash = 31 * hash + id.charAt(i);
      }
      for (long seen : user.recentIds) {
        if (seen == hash) {
          return true;
        }
      }
      user.recentIds[user.nextId++ & (User.RECENT_IDS - 1)] = hash;
      return false;
    }

    private static void count(User user, Event event) {
      switch (event.type) {
        case "checkin" -> {
          user.checkins++;
          if (event.place != null && user.places.size() < User.PLACES_MAX) {
            user.places.add(event.place);
          }
          long day = event.at / DAY_MS;
          if (day == user.lastDay + 1) {
            user.streak++;
          } else if (day != user.lastDay) {
            user.streak = 1;
          }
          user.lastDay = day;
        }
        case "share" -> user.shares++;
        case "purchase" -> user.cents += event.cents;
        case "refund" -> user.cents -= event.cents;
        default -> {}
      }
    }

    private static int held(User user) {
      int now = (user.checkins >= 10 ? 1 : 0)
          | (user.shares >= 100 ? 1 << 1 : 0)
          | (user.cents >= 50_000 ? NET_SPENT : 0)
          | (user.streak >= 7 ? 1 << 3 : 0)
          | (user.places.size() >= 5 ? 1 << 4 : 0);
      return now | (user.badges & ~NET_SPENT);
    }

    private void tell(Record<String, byte[]> record, int rule, boolean granted, String cause) {
      String text = "{\"user\":\"" + record.key() + "\",\"badge\":" + rule
          + ",\"granted\":" + granted + ",\"cause\":\"" + cause + "\"}";
      context.forward(record.withValue(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static Properties settings(String[] words) {
    var settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, words[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, words[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, words[5]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Integer.parseInt(words[6]));
    settings.put("auto.offset.reset", words[7]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 10L << 20);
    return settings;
  }

  private static Topology topology(String engagement, String transaction, String output) {
    var text = Serdes.String();
    var bytes = Serdes.ByteArray();
    var users = Stores.persistentKeyValueStore("users");
    return new Topology()
        .addSource("events", text.deserializer(), bytes.deserializer(), engagement, transaction)
        .addProcessor("engine", Engine::new, "events")
        .addStateStore(Stores.keyValueStoreBuilder(users, text, new UserSerde()), "engine")
        .addSink("grants", output, text.serializer(), bytes.serializer(), "engine");
  }

  public static void main(String[] words) throws InterruptedException {
    var streams = new KafkaStreams(topology(words[2], words[3], words[4]), settings(words));
    var stopped = new CountDownLatch(1);
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) {
            System.out.println("running");
          }
        });
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  streams.close(Duration.ofSeconds(20));
                  stopped.countDown();
                }));
    streams.start();
    stopped.await();
  }
}
