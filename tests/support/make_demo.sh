#!/usr/bin/env bash
# Makes a small four-guest show: moving pictures that tell the guests apart, speech-like sound, a job and an event log.
# usage: make_demo.sh DIR [SECONDS]
set -euo pipefail
dir=$1
seconds=${2:-16}
mkdir -p "$dir"
font=$(fc-match -f '%{file}' 'DejaVu Sans:bold')

# voice FILE-OPTIONS...: a buzz through two formants, in syllables and pauses.
voice() { # pitch, syllables a second, seed -> a lavfi source
  echo "aevalsrc='0.35*(mod(t*($1+9*sin(2*PI*0.7*t)),1)-0.5)*pow(max(0,sin(2*PI*$2*t+$3)),0.6)*gt(sin(2*PI*0.21*t+$3),-0.55)':s=48000,\
equalizer=f=700:t=q:w=2:g=12,equalizer=f=1800:t=q:w=3:g=9,lowpass=f=4200"
}

picture() { # size, rate, colours (c0:c1:c2), name -> a lavfi source
  echo "gradients=s=$1:r=$2:n=3:speed=0.018:c0=$(cut -d: -f1 <<<"$3"):c1=$(cut -d: -f2 <<<"$3"):c2=$(cut -d: -f3 <<<"$3"):x0=0:y0=0,\
format=yuv420p,\
drawtext=fontfile=$font:text='$4':fontcolor=white:fontsize=h/6:x=(w-tw)/2+w/5*sin(2*PI*t/5):y=(h-th)/2+h/9*cos(2*PI*t/3.5):shadowx=3:shadowy=3:shadowcolor=black@0.4,\
drawtext=fontfile=$font:text='%{pts\\:hms}':fontcolor=white@0.85:fontsize=h/18:x=(w-tw)/2:y=h*0.86"
}

make() { # file, size, rate, colours, name, pitch, syllables, phase, seconds, codec options...
  local file=$1 size=$2 rate=$3 colours=$4 name=$5 pitch=$6 syllables=$7 phase=$8 length=$9
  shift 9
  [ -s "$dir/$file" ] && return 0
  ffmpeg -v error -nostdin -y -f lavfi -i "$(picture "$size" "$rate" "$colours" "$name")" \
    -f lavfi -i "$(voice "$pitch" "$syllables" "$phase")" -t "$length" \
    -c:v libx264 -preset veryfast -crf 20 -g 60 -pix_fmt yuv420p "$@" "$dir/part-$file"
  mv "$dir/part-$file" "$dir/$file"
}

make mia.mp4 720x1280 30 '0x7b2ff7:0xf107a3:0xff8a5c' Mia 210 3.1 0.4 "$seconds" -c:a aac -b:a 96k
make ada.mp4 1280x720 25 '0x0f4c75:0x3282b8:0x1b9aaa' Ada 185 2.7 1.9 "$((seconds - 6))" -c:a aac -b:a 96k
make leo.mkv 1280x720 24 '0x1e5128:0x4e9f3d:0xd8e9a8' Leo 118 3.6 3.1 "$seconds" -c:a flac
make noor.ts 960x720 30000/1001 '0xb33000:0xff7a00:0xffc93c' Noor 150 3.3 4.4 "$((seconds - 3))" -c:a aac -b:a 96k

if [ ! -s "$dir/ada.png" ]; then
  ffmpeg -v error -nostdin -y -f lavfi -i "color=0x3282b8:s=400x400,drawtext=fontfile=$font:text=A:fontcolor=white:fontsize=220:x=(w-tw)/2:y=(h-th)/2" \
    -frames:v 1 "$dir/ada.png"
fi
if [ ! -s "$dir/logo.png" ]; then
  ffmpeg -v error -nostdin -y -f lavfi -i "color=black@0:s=400x100,format=rgba,drawtext=fontfile=$font:text=tessera:fontcolor=white@0.9:fontsize=84:x=(w-tw)/2:y=(h-th)/2" \
    -frames:v 1 "$dir/logo.png"
fi

# An animated overlay: a dot that pulses beside the word, 1.2 s a loop.
if [ ! -s "$dir/live.apng" ]; then
  dot="clip(17+4*sin(2*PI*N/24)-hypot(X-40\\,Y-40)+0.5\\,0\\,1)"
  ffmpeg -v error -nostdin -y -f lavfi -i "color=black@0:s=210x80:r=20,trim=end_frame=24,format=rgba,geq=r=255:g=40:b=70:a=255*$dot,drawtext=fontfile=$font:text=LIVE:fontcolor=white:fontsize=52:x=74:y=(h-th)/2" \
    -c:v apng -plays 0 -f apng "$dir/part-live.apng"
  mv "$dir/part-live.apng" "$dir/live.apng"
fi
# A gift: a heart that jumps up, beats and fades, 2 s.
if [ ! -s "$dir/heart.mov" ]; then
  size="(75*min(1\\,(N+2)/10)*(1+0.07*sin(N*0.9)))"
  edge="(1-hypot((X-120)/$size\\,(130-Y)/$size-0.75*sqrt(abs(X-120)/$size)))*$size"
  ffmpeg -v error -nostdin -y -f lavfi -i "color=black@0:s=240x240:r=25,trim=end_frame=50,format=rgba,geq=r=255-Y/4:g=120-Y/2.5:b=140-Y/4:a=255*clip($edge+0.5\\,0\\,1)*min(1\\,(50-N)/10)" \
    -c:v qtrle -pix_fmt argb "$dir/part-heart.mov"
  mv "$dir/part-heart.mov" "$dir/heart.mov"
fi

cat >"$dir/job.json" <<EOF
{
  "version": 1,
  "id": "demo",
  "duration": $seconds,
  "guests": [
    {"id": "mia", "name": "Mia", "role": "host", "takes": [{"uri": "mia.mp4", "at": 0}]},
    {"id": "ada", "name": "Ada", "avatar": "ada.png", "takes": [{"uri": "ada.mp4", "at": 1}]},
    {"id": "leo", "name": "Leo", "takes": [{"uri": "leo.mkv", "at": 0, "gain_db": -2}]},
    {"id": "noor", "name": "Noor", "takes": [{"uri": "noor.ts", "at": 3}]}
  ],
  "assets": {"logo": {"uri": "logo.png"}, "live": {"uri": "live.apng"}, "heart": {"uri": "heart.mov"}},
  "overlays": [
    {"asset": "logo", "rect": {"x": 0.72, "y": 0.015, "w": 0.25, "h": 0.04}, "alpha": 0.8},
    {"asset": "live", "rect": {"x": 0.03, "y": 0.015, "w": 0.2, "h": 0.04}}],
  "events": "events.jsonl",
  "programmes": [
    {"id": "portrait",
     "canvas": {"width": 1080, "height": 1920, "fps": "30", "background": "#101014"},
     "layout": "grid",
     "ladder": [
       {"name": "1080p", "width": 1080, "height": 1920, "bitrate": 4500000},
       {"name": "720p", "width": 720, "height": 1280, "bitrate": 2200000},
       {"name": "540p", "width": 540, "height": 960, "bitrate": 1300000},
       {"name": "360p", "width": 360, "height": 640, "bitrate": 650000}]}
  ],
  "packaging": {"segment": 2, "gop": 2, "chunk_segments": 4}
}
EOF
cat >"$dir/events.jsonl" <<'EOF'
{"t": 0, "type": "marker", "label": "welcome"}
{"t": 5, "type": "layout.set", "layout": "pip", "transition": 0.5}
{"t": 5, "type": "guest.focus", "guest": "mia"}
{"t": 7.5, "type": "guest.mute", "guest": "leo", "audio": true, "video": true}
{"t": 9, "type": "layout.set", "layout": "grid", "transition": 0.5}
{"t": 10.5, "type": "guest.unmute", "guest": "leo"}
{"t": 11, "type": "gift", "asset": "heart", "user": {"id": "v2", "name": "Ines"}}
{"t": 12, "type": "comment", "user": {"id": "v1", "name": "Zoë"}, "text": "hello from Lisbon"}
{"t": 13, "type": "layout.set", "layout": "custom", "transition": 0.4, "rects": [
  {"guest": "mia", "x": 0, "y": 0, "w": 1, "h": 0.6},
  {"guest": "leo", "x": 0.04, "y": 0.63, "w": 0.44, "h": 0.3, "radius": 1.2},
  {"guest": "noor", "x": 0.52, "y": 0.63, "w": 0.44, "h": 0.3, "radius": 1.2}]}
EOF
# One object a line is what the format asks for.
python3 - "$dir/events.jsonl" <<'EOF'
import json, sys
text = open(sys.argv[1]).read()
decoder, out, at = json.JSONDecoder(), [], 0
while at < len(text):
    value, at = decoder.raw_decode(text, at)
    out.append(json.dumps(value, ensure_ascii=False))
    while at < len(text) and text[at].isspace():
        at += 1
open(sys.argv[1], "w").write("\n".join(out) + "\n")
EOF
