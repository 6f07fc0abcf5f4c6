# One image for every process; docker-compose.yml gives each its command.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore DUOLIVE_HOME=/desk/var

RUN useradd --create-home --uid 10001 desk && install -d -o desk -g desk -m 700 /desk/var
WORKDIR /desk
COPY requirements.txt .
RUN pip install --require-hashes --requirement requirements.txt
COPY . .

USER desk
VOLUME /desk/var
EXPOSE 8000
STOPSIGNAL SIGTERM
# Alone, the image is the whole desk under one supervisor.
CMD ["python", "manage.py", "up", "--host", "0.0.0.0"]
