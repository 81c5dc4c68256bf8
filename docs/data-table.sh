#!/bin/sh
# Prints the table of real files in docs/data.md: docs/data-table.sh BIN DATA
# BIN holds the programs, DATA the data sets. Every file of DATA must be in the list below.
set -u
bin=$1 data=$2

# file | options | what there is to say
files() {
    cat <<'END'
ETTh1.csv | |
ETTm1.csv.gz | |
weather.csv.gz | --steps rows | one time comes twice and nine are left out: rows as they come
weather.csv.gz | --duplicates first --na -9999 | the same on its time axis, sentinels as missing
exchange_rate.csv | | nominal dates
los_speed.csv.gz | | header of sensor numbers, no time
beijing_pm25.csv.gz | | time in four columns; row numbers and text left out
nn5.csv.gz | | decimal comma, Portuguese months
m4_hourly_train.csv.gz | --layout rows --freq 1h | a series a row
m4_hourly_test.csv | --layout rows --freq 1h | a series a row
m3_monthly.tsf.gz | |
air_passengers.csv | |
sunspots_monthly.csv | |
co2_weekly.csv | |
smd/machine-1-6_train.csv.gz | | no header, no time
smd/machine-1-6_test.csv.gz | | no header, no time
smd/machine-1-6_test_label.csv | | labels
smd/machine-2-1_train.csv.gz | | no header, no time
smd/machine-2-1_test.csv.gz | | no header, no time
smd/machine-2-1_test_label.csv | | labels
msl/msl_train.csv.gz | |
msl/msl_test.csv.gz | | label column included
msl/msl_segments.csv | | a list; text columns left out
ucr/135_UCR_Anomaly_InternalBleeding16_1200_4187_4199.txt | | a value a line
ucr/136_UCR_Anomaly_InternalBleeding17_1600_3198_3309.txt | | a value a line
ucr/137_UCR_Anomaly_InternalBleeding18_2300_4485_4587.txt | | a value a line
ucr/138_UCR_Anomaly_InternalBleeding19_3000_4187_4197.txt | | a value a line
nab/art_daily_small_noise.csv | |
nab/art_daily_flatmiddle.csv | |
nab/art_daily_jumpsup.csv | |
nab/art_daily_nojump.csv | |
nab/ambient_temperature_system_failure.csv | | ten gaps
nab/cpu_utilization_asg_misconfiguration.csv | |
nab/ec2_request_latency_system_failure.csv | --steps rows | an hour of rows has one and the same time
nab/machine_temperature_system_failure.csv | --sort --duplicates mean | goes back once, 12 times come twice
nab/nyc_taxi.csv | |
nab/ec2_cpu_utilization_24ae8d.csv | |
nab/ec2_cpu_utilization_5f5533.csv | |
nab/ec2_cpu_utilization_fe7f93.csv | |
nab/rds_cpu_utilization_cc0c53.csv | |
nab/grok_asg_anomaly.csv | |
nab/TravelTime_387.csv | --steps rows | irregular: rows as they come
nab/Twitter_volume_AAPL.csv | |
nab/Twitter_volume_GOOG.csv | |
nab/nab_windows.csv | | label windows: refused, no column of numbers
nab/nab_labels.csv | | label points: refused, no column of numbers
END
}

# The first value of a key of rimer-info's JSON, which has one a line.
value() {
    echo "$1" | sed -n "s/^ *\"$2\": \"*\([^\",]*\)\"*,*\$/\1/p" | head -n 1
}

n_channels() {
    echo "$1" | awk '/^  "channels"/ { inside = 1 } /^  \]/ { inside = 0 }
        inside && /^      "name"/ { n++ } END { print n + 0 }'
}

row() {
    file=$1 options=$2 note=$3
    # One option a word.
    # shellcheck disable=SC2086
    json=$("$bin/rimer-info" --json $options "$data/$file" 2>/dev/null)
    if [ -n "$json" ]; then # also where it is too short to train on
        series=$(value "$json" series)
        shortest=$(value "$json" shortest) longest=$(value "$json" longest)
        steps=$longest
        [ "$shortest" = "$longest" ] || steps="$shortest to $longest"
        rows=$(value "$json" rows)
        [ "$series" = 1 ] || rows="$series series, $steps steps"
        echo "| \`$file\` | \`rimer-info${options:+ $options}\` | $rows | $(n_channels "$json") |" \
            "$(value "$json" missing) | $(value "$json" frequency) | $note |"
    else
        echo "| \`$file\` | \`rimer-info${options:+ $options}\` | - | - | - | - | $note |"
    fi
}

echo '| file | command | rows | channels | missing | frequency | |'
echo '|---|---|---|---|---|---|---|'
files | sed 's/ *| */|/g' | while IFS='|' read -r file options note; do
    row "$file" "$options" "$note"
done

( cd "$data" && find . -type f ! -name 'README*' ) | sed 's|^\./||' | sort | while read -r file; do
    files | grep -qF "$file |" || echo "$0: $file is not in the list" >&2
done
